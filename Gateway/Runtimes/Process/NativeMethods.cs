using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Process;

internal static partial class NativeMethods
{
    /// <summary>signal(7).</summary>
    public const int SIGKILL = 9;

    /// <summary>signal(7).</summary>
    public const int SIGTERM = 15;

    /// <summary>signal(7), x86 and ARM.</summary>
    public const int SIGCONT = 18;

    /// <summary>signal(7), x86 and ARM.</summary>
    public const int SIGSTOP = 19;

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int rmdir(string path);
}
