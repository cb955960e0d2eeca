using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Process;

/// <summary>The functions of the C library that runtimes use. Names are those of C.</summary>
internal static partial class NativeMethods
{
    /// <summary>The number of the signal, signal(7).</summary>
    public const int SIGKILL = 9;

    /// <summary>The number of the signal, signal(7).</summary>
    public const int SIGTERM = 15;

    /// <summary>The number of the signal on x86 and ARM, signal(7).</summary>
    public const int SIGCONT = 18;

    /// <summary>The number of the signal on x86 and ARM, signal(7).</summary>
    public const int SIGSTOP = 19;

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int rmdir(string path);
}
