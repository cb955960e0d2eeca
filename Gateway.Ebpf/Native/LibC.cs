using System.Runtime.InteropServices;
using LibBpf;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ebpf.Native;

/// <summary>The C library. Calls that fail return -1 and set errno.</summary>
internal static unsafe partial class LibC
{
    internal const string Library = "libc";

    // sys/stat.h
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, statx_result* result);

    /// <summary>Takes over a descriptor that a call returned. Throws what errno says if the call returned -1.</summary>
    internal static SafeFileHandle Own(int fd, string operation) =>
        fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw BpfException.FromErrno(operation, Marshal.GetLastPInvokeError());

    /// <summary>Throws what errno says if a call returned -1.</summary>
    internal static void Check(int result, string operation)
    {
        if (result < 0)
        {
            throw BpfException.FromErrno(operation, Marshal.GetLastPInvokeError());
        }
    }
}

/// <summary>Constants of the headers above, the same on every architecture that .NET runs on.</summary>
internal static class LibCFlags
{
    internal const int AT_FDCWD = -100;
    internal const uint STATX_INO = 0x100;
}
