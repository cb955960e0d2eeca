using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Restart;

/// <summary>
/// A unix socket on which frames and descriptors (SCM_RIGHTS, unix(7)) go both ways. A frame is a header of four 32-bit numbers in the machine's order (the protocol,
/// the kind, the length of the body, the number of descriptors), then one byte for each lot of descriptors, which carries them, then the body. Its calls block. Not thread safe.
/// </summary>
internal sealed unsafe partial class DescriptorChannel(Socket socket) : IDisposable
{
    /// <summary>"HSR1": this protocol, in this version. Another one is not understood, so a gateway of another version gets nothing.</summary>
    public const uint Protocol = 0x31525348;

    /// <summary>How many descriptors a lot has at most. The kernel takes SCM_MAX_FD = 253 (net/scm.h).</summary>
    private const int Lot = 128;

    private const int HeaderSize = 4 * sizeof(uint);

    /// <summary>More than any configuration makes. It bounds what a broken peer makes this process reserve.</summary>
    private const int LongestBody = 16 << 20, MostDescriptors = 100_000;

    // bits/socket.h
    private const int SOL_SOCKET = 1, SCM_RIGHTS = 1, SO_PEERCRED = 17, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>Gets the process and the user at the other end, when it connected.</summary>
    public (int Process, uint User) Peer
    {
        get
        {
            Span<int> credentials = stackalloc int[3]; // struct ucred: pid, uid, gid
            socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, MemoryMarshal.AsBytes(credentials));
            return (credentials[0], (uint)credentials[1]);
        }
    }

    /// <summary>Gets the user of this process.</summary>
    public static uint OwnUser => geteuid();

    /// <summary>Sets how long a call waits for the other end; zero is for ever.</summary>
    public TimeSpan Timeout
    {
        set => socket.ReceiveTimeout = socket.SendTimeout = (int)value.TotalMilliseconds;
    }

    /// <summary>Sends a frame.</summary>
    /// <exception cref="SocketException">The other end is gone, or does not read.</exception>
    public void Send(FrameKind kind, ReadOnlySpan<byte> body = default, params IReadOnlyList<SafeHandle> descriptors)
    {
        Span<uint> header = [Protocol, (uint)kind, (uint)body.Length, (uint)descriptors.Count];
        SendAll(MemoryMarshal.AsBytes(header));
        for (var i = 0; i < descriptors.Count; i += Lot)
        {
            SendWith([0], [.. descriptors.Skip(i).Take(Lot).Select(static handle => (int)handle.DangerousGetHandle())]);
        }

        SendAll(body);
        GC.KeepAlive(descriptors);
    }

    /// <summary>Waits for a frame.</summary>
    /// <returns>Returns null if the other end has closed, or speaks another protocol.</returns>
    /// <exception cref="SocketException">It did not come in time.</exception>
    public Frame? Receive()
    {
        Span<uint> header = stackalloc uint[4];
        if (!ReceiveAll(MemoryMarshal.AsBytes(header)) || header[0] != Protocol || header[2] > LongestBody || header[3] > MostDescriptors)
        {
            return null;
        }

        var descriptors = new List<SafeHandle>();
        var body = new byte[header[2]];
        var isWhole = false;
        try
        {
            isWhole = ReceiveDescriptors((int)header[3], descriptors) && ReceiveAll(body);
        }
        finally
        {
            // Clients would wait in a listening socket that nobody knows of.
            if (!isWhole)
            {
                descriptors.ForEach(static descriptor => descriptor.Dispose());
            }
        }

        return isWhole ? new Frame((FrameKind)header[1], body, descriptors) : null;
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Sends a message of another protocol, with a descriptor.</summary>
    /// <exception cref="SocketException">The other end is gone.</exception>
    public void SendMessage(ReadOnlySpan<byte> text, SafeHandle descriptor) => SendWith(text, [(int)descriptor.DangerousGetHandle()]);

    private void SendAll(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[socket.Send(data)..];
        }
    }

    private bool ReceiveAll(Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            var received = socket.Receive(data);
            if (received == 0)
            {
                return false;
            }

            data = data[received..];
        }

        return true;
    }

    private bool ReceiveDescriptors(int count, List<SafeHandle> descriptors)
    {
        Span<byte> mark = stackalloc byte[1];
        while (descriptors.Count < count)
        {
            var before = descriptors.Count;
            if (ReceiveWith(mark, descriptors) != 1 || descriptors.Count == before)
            {
                return false;
            }
        }

        return true;
    }

    private void SendWith(ReadOnlySpan<byte> text, ReadOnlySpan<int> descriptors)
    {
        var size = sizeof(ControlHeader) + (descriptors.Length * sizeof(int));
        var control = stackalloc byte[sizeof(ControlHeader) + (Lot * sizeof(int))];
        *(ControlHeader*)control = new ControlHeader { Length = (nuint)size, Level = SOL_SOCKET, Type = SCM_RIGHTS };
        descriptors.CopyTo(new Span<int>(control + sizeof(ControlHeader), descriptors.Length));
        fixed (byte* start = text)
        {
            var vector = new IoVector { Start = start, Length = (nuint)text.Length };
            var message = new Message { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)Aligned(size) };
            if (sendmsg(socket.SafeHandle, &message, MSG_NOSIGNAL) != text.Length)
            {
                throw new SocketException(Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Receives bytes, and the descriptors that come with them.</summary>
    /// <returns>Returns how many bytes came; 0 if the other end has closed, and -1 if they did not come in time.</returns>
    internal int ReceiveWith(Span<byte> text, List<SafeHandle> descriptors)
    {
        const int Room = 16 + (Lot * sizeof(int));
        var control = stackalloc byte[Room];
        fixed (byte* start = text)
        {
            var vector = new IoVector { Start = start, Length = (nuint)text.Length };
            var message = new Message { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = Room };
            var received = (int)recvmsg(socket.SafeHandle, &message, MSG_CMSG_CLOEXEC);
            if (received > 0 && message.ControlLength >= (nuint)sizeof(ControlHeader) && *(ControlHeader*)control is { Level: SOL_SOCKET, Type: SCM_RIGHTS } header)
            {
                foreach (var descriptor in new ReadOnlySpan<int>(control + sizeof(ControlHeader), ((int)header.Length - sizeof(ControlHeader)) / sizeof(int)))
                {
                    descriptors.Add(new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true));
                }
            }

            return received;
        }
    }

    // CMSG_ALIGN
    private static int Aligned(int size) => (size + sizeof(nuint) - 1) & ~(sizeof(nuint) - 1);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint sendmsg(SafeHandle socket, Message* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint recvmsg(SafeHandle socket, Message* message, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary><c>struct cmsghdr</c>, which descriptors follow.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    /// <summary><c>struct msghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
