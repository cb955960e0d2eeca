using System.Runtime.InteropServices;

namespace Gateway.Runtimes;

/// <summary>Says what this process may do with directories, without doing it.</summary>
internal static partial class FileRights
{
    // unistd.h
    private const int X_OK = 1, W_OK = 2;

    // sys/statvfs.h
    private const ulong ST_NOEXEC = 8;

    /// <summary>Returns why nothing can be made in a directory, in the system's words, or null if it can. A file system that can only be read counts.</summary>
    public static string? WhyNotWritable(string directory) =>
        !Directory.Exists(directory) ? $"{directory} is no directory"
        : access(directory, W_OK | X_OK) == 0 ? null
        : Marshal.GetLastPInvokeErrorMessage();

    /// <summary>Returns whether the mount that a directory is in forbids programs (noexec). What cannot be asked does not.</summary>
    public static unsafe bool IsNoExec(string directory)
    {
        StatVfs result;
        return statvfs(directory, &result) == 0 && (result.Flags & ST_NOEXEC) != 0;
    }

    /// <summary>Returns the path itself, or the nearest one above it at which something is.</summary>
    public static string NearestExisting(string directory)
    {
        while (!Path.Exists(directory) && Path.GetDirectoryName(directory) is { } parent)
        {
            directory = parent;
        }

        return directory;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int statvfs(string path, StatVfs* result);

    /// <summary><c>struct statvfs</c> of sys/statvfs.h on 64-bit Linux: eleven words of which the tenth has the mount's flags, and what is reserved.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatVfs
    {
        [FieldOffset(72)]
        public ulong Flags;
    }
}
