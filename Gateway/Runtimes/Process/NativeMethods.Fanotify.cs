using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Process;

/// <summary>The functions of fanotify(7) and of waiting for its events. Names are those of C.</summary>
internal static partial class NativeMethods
{
    /// <summary>These constants are from linux/fanotify.h.</summary>
    public const uint FAN_CLOEXEC = 1, FAN_CLASS_CONTENT = 4, FAN_MARK_ADD = 1, FAN_ALLOW = 1;

    /// <summary>These constants are from linux/fanotify.h.</summary>
    public const ulong FAN_CLOSE_WRITE = 8, FAN_OPEN_PERM = 0x10000;

    /// <summary>The descriptor of an event without a file, from linux/fanotify.h.</summary>
    public const int FAN_NOFD = -1;

    /// <summary>These constants are from linux/fcntl.h and linux/eventfd.h.</summary>
    public const int AT_FDCWD = -100, EFD_CLOEXEC = 0x80000;

    /// <summary>This constant is from asm-generic/fcntl.h.</summary>
    public const uint O_CLOEXEC = 0x80000;

    /// <summary>This constant is from asm-generic/poll.h.</summary>
    public const short POLLIN = 1;

    /// <summary>This constant is from asm-generic/errno-base.h.</summary>
    public const int EINTR = 4;

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int fanotify_init(uint flags, uint event_f_flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int fanotify_mark(SafeFileHandle fanotify_fd, uint flags, ulong mask, int dirfd, string pathname);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int eventfd(uint initval, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int poll(Span<pollfd> fds, nuint nfds, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint read(SafeFileHandle fd, out fanotify_event_metadata buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint write(SafeFileHandle fd, ReadOnlySpan<byte> buf, nuint count);
}

/// <summary>This structure is from linux/fanotify.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct @fanotify_event_metadata
{
    public uint event_len;
    public byte vers;
    public byte reserved;
    public ushort metadata_len;
    public ulong mask;
    public int fd;
    public int pid;
}

/// <summary>This structure is from linux/fanotify.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct @fanotify_response
{
    public int fd;
    public uint response;
}

/// <summary>This structure is from poll.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct @pollfd
{
    public int fd;
    public short events;
    public short revents;
}
