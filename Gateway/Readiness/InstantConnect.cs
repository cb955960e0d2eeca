using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Readiness;

/// <summary>
/// Connects without leaving the thread. To an address of this machine the kernel shakes hands within the system call, in some 50 us, and a callback
/// would take longer than that. <see cref="Socket.Connect(EndPoint)"/> cannot be used for it: on a socket that does not block it says with an exception that the
/// connection is under way, and a program that begins is waited for by exactly this call.
/// </summary>
internal static partial class InstantConnect
{
    /// <summary>How long a thread of the pool may wait for a connect that is most likely complete already, in milliseconds.</summary>
    private const int Longest = 1;

    // bits/socket.h, netinet/in.h, poll.h; the same on x86-64 and 64-bit ARM.
    private const int SOCK_STREAM = 1, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000, AF_INET = 2, AF_INET6 = 10, IPPROTO_TCP = 6;
    private const short POLLOUT = 4;

    // asm-generic/errno.h.
    private const int EINPROGRESS = 115;

    private const string LibC = "libc";

    /// <summary>Tries to connect by TCP.</summary>
    /// <param name="endpoint">The address and port.</param>
    /// <param name="socket">The connected socket, which blocks, or null if the connection was not accepted.</param>
    /// <returns>Returns false if neither is known at once, or if there is no socket to be had.</returns>
    public static bool TryConnect(IPEndPoint endpoint, out Socket? socket)
    {
        socket = null;
        var handle = new SafeSocketHandle(
            NativeSocket(endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP), ownsHandle: true);
        try
        {
            if (handle.IsInvalid || !IsDecided(handle, endpoint.Serialize()))
            {
                return false;
            }

            var made = new Socket(handle);
            handle = null;
            // The kernel knows a peer only of a connection that stands.
            if (!made.Connected)
            {
                made.Dispose();
                return true;
            }

            made.NoDelay = true;
            made.Blocking = true;
            socket = made;
            return true;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    private static bool IsDecided(SafeSocketHandle socket, SocketAddress address)
    {
        if (NativeConnect(socket, address.Buffer.Span[..address.Size], (uint)address.Size) == 0 || Marshal.GetLastPInvokeError() != EINPROGRESS)
        {
            return true;
        }

        var wait = new PollDescriptor { Descriptor = (int)socket.DangerousGetHandle(), Events = POLLOUT };
        return NativePoll(ref wait, 1, Longest) == 1;
    }

    [LibraryImport(LibC, EntryPoint = "socket")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint NativeSocket(int family, int type, int protocol);

    [LibraryImport(LibC, EntryPoint = "connect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeConnect(SafeSocketHandle socket, ReadOnlySpan<byte> address, uint length);

    [LibraryImport(LibC, EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativePoll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd, poll.h.</summary>
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
