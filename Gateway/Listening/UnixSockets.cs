using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Listening;

/// <summary>Makes listening unix sockets that the owner and the group may use, in the place of one that a dead gateway has left behind.</summary>
internal static partial class UnixSockets
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>linux/fcntl.h and linux/stat.h: the path is relative to the current directory, a symbolic link is not followed, and the type is asked for.</summary>
    private const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, STATX_TYPE = 1;

    /// <summary>linux/stat.h: the size of struct statx, the offset of <c>stx_mode</c>, and the bits that say what a file is.</summary>
    private const int StatxSize = 256, StatxMode = 28, S_IFMT = 0xf000, S_IFSOCK = 0xc000;

    /// <summary>Binds a socket. The file is removed when the socket is disposed of, which .NET does by itself.</summary>
    /// <exception cref="SocketException">The path cannot be bound: something else is there, or another program listens.</exception>
    public static Socket Bind(UnixDomainSocketEndPoint endpoint)
    {
        var path = endpoint.ToString();
        RemoveStale(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endpoint);
            // Nobody can connect before the socket listens, so nobody gets in by the mode that umask gave it.
            File.SetUnixFileMode(path, Mode);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Only a socket on which nobody listens is removed.
    private static void RemoveStale(string path)
    {
        if (!IsSocket(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Binding says what is wrong.
        }
    }

    private static unsafe bool IsSocket(string path)
    {
        var info = stackalloc byte[StatxSize];
        return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, info) == 0 && (*(ushort*)(info + StatxMode) & S_IFMT) == S_IFSOCK;
    }

    /// <summary>statx(2)</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int directory, string path, int flags, uint mask, byte* info);
}
