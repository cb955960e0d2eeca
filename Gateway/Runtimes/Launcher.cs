using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gateway.Runtimes;

/// <summary>
/// The program that starts others without the gateway's rights (Process/Launcher/launch.c): in a session of their own, without capabilities and descriptors, and here with a small environment.
/// </summary>
internal static partial class Launcher
{
    private const int SIGKILL = 9;

    // The variables that a program gets of the gateway's environment. The others may hold the gateway's secrets.
    private static readonly string[] s_inherited = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "DOTNET_ROOT"];

    // These name the gateway's user.
    private static readonly string[] s_inheritedByOwnUser = ["HOME", "USER", "LOGNAME"];

    /// <summary>The exit codes for a program that cannot be executed, or is not there.</summary>
    public const int CannotExecute = 126, NotFound = 127;

    /// <summary>Gets its path. It is built and published beside the gateway's assembly.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "headstart-launch");

    /// <summary>Describes a start by the launcher, with all three streams redirected.</summary>
    /// <param name="arguments">The launcher's arguments, with the program.</param>
    /// <param name="workingDirectory">The program's working directory.</param>
    /// <param name="isOwnUser">Whether the program stays the gateway's user.</param>
    public static ProcessStartInfo Describe(IEnumerable<string> arguments, string workingDirectory, bool isOwnUser)
    {
        var start = new ProcessStartInfo(Path, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(isOwnUser ? [.. s_inherited, .. s_inheritedByOwnUser] : s_inherited).ToArray())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    /// <summary>Ends everything in the session of a program that the launcher has started.</summary>
    public static void Kill(int id) => _ = kill(-id, SIGKILL);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int pid, int signal);
}
