using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>The calls of the C library that pipes with names need, which .NET does not have.</summary>
internal static partial class NativeMethods
{
    // asm-generic/fcntl.h, which x86-64 and 64-bit ARM share in these.
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;

    // asm-generic/errno-base.h
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public const int EEXIST = 17;

    // unistd.h
    public const int X_OK = 1;

    private const string LibC = "libc";

    /// <summary>Opens a file that exists, open(2). Returns the descriptor, or -1.</summary>
    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int open(string path, int flags);

    /// <summary>Writes to a descriptor, write(2). Returns how many bytes were written, or -1.</summary>
    [LibraryImport(LibC, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint write(SafeFileHandle file, ReadOnlySpan<byte> bytes, nuint length);

    /// <summary>Makes a pipe with a name, mkfifo(3).</summary>
    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int mkfifo(string path, uint mode);

    /// <summary>Gives a file one more name, link(2).</summary>
    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int link(string from, string to);

    /// <summary>Says whether this process may use a file so, access(2). What a mount forbids (noexec) counts.</summary>
    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int access(string path, int mode);
}
