using System.Runtime.InteropServices;
using LibBpf;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ebpf.Native;

/// <summary>The C library. Calls that fail return -1 and set errno.</summary>
internal static unsafe partial class LibC
{
    internal const string Library = "libc";

    // unistd.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(SafeFileHandle fd, void* data, nuint size);

    // sys/stat.h
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, statx_result* result);

    // poll.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(pollfd* fds, nuint count, int timeout);

    // sys/eventfd.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint value, int flags);

    /// <summary>Makes a descriptor that a call returned its owner's; for -1 throws what errno says.</summary>
    internal static SafeFileHandle Own(int fd, string operation) =>
        fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw BpfException.FromErrno(operation, Marshal.GetLastPInvokeError());

    /// <summary>For -1 throws what errno says.</summary>
    internal static void Check(int result, string operation)
    {
        if (result < 0)
        {
            throw BpfException.FromErrno(operation, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>The descriptor's number. Valid only while the caller keeps the handle from being disposed.</summary>
    internal static int NumberOf(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}

/// <summary>Constants of the headers above, the same on every architecture that .NET runs on.</summary>
internal static class LibCFlags
{
    internal const int AT_FDCWD = -100;
    internal const uint STATX_INO = 0x100;
    internal const short POLLIN = 1;
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;
}
