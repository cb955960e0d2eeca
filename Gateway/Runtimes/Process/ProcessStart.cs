using System.Diagnostics;
using System.Globalization;

namespace Gateway.Runtimes.Process;

/// <summary>Describes how a function's program is started: by the launcher, which keeps the gateway's rights from it, with a small environment.</summary>
internal static class ProcessStart
{
    // The launcher is built and published beside the gateway's assembly (Launcher/launch.c).
    private static readonly string s_launcher = Path.Combine(AppContext.BaseDirectory, "headstart-launch");

    // The variables that a program gets of the gateway's environment. The others may hold the gateway's secrets.
    private static readonly string[] Inherited = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "DOTNET_ROOT"];

    /// <summary>The variable that tells a program its port.</summary>
    public const string PortVariable = "PORT";

    // These name the gateway's user.
    private static readonly string[] InheritedByOwnUser = ["HOME", "USER", "LOGNAME"];

    /// <param name="user">The user that the program becomes, or null for the gateway's own.</param>
    /// <param name="directory">The cgroup in which the program is born, or null.</param>
    /// <param name="joined">The <c>cgroup.procs</c> files by which it joins others.</param>
    /// <param name="port">The program's port, or null if the launcher waits until it is told.</param>
    public static ProcessStartInfo Describe(ProcessRunOptions run, FunctionUser? user, string workingDirectory, string? directory, IReadOnlyList<string> joined, int? port)
    {
        // The directory once more: the path may lead elsewhere when the program is executed.
        string[] wait = port is null ? ["-w", "-d", workingDirectory] : [];
        var start = new ProcessStartInfo(s_launcher, [.. wait, .. Options(run, user, directory, joined), "--", .. run.Command])
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(user is null ? [.. Inherited, .. InheritedByOwnUser] : Inherited).ToArray())
        {
            start.Environment.Remove(name);
        }

        if (user is not null)
        {
            start.Environment["HOME"] = user.Home;
            if (user.Name is { } name)
            {
                start.Environment["USER"] = start.Environment["LOGNAME"] = name;
            }
        }

        foreach (var (name, value) in run.Environment)
        {
            start.Environment[name] = value;
        }

        if (port is { } known)
        {
            start.Environment[PortVariable] = known.ToString(CultureInfo.InvariantCulture);
        }

        return start;
    }

    private static IEnumerable<string> Options(ProcessRunOptions run, FunctionUser? user, string? directory, IReadOnlyList<string> joined)
    {
        if (directory is not null)
        {
            yield return "-c";
            yield return directory;
        }

        foreach (var procs in joined)
        {
            yield return "-j";
            yield return procs;
        }

        if (user is not null)
        {
            yield return "-u";
            yield return string.Create(CultureInfo.InvariantCulture, $"{user.Uid}:{user.Gid}");
        }

        if (run.OpenFiles is { } most)
        {
            yield return "-n";
            yield return most.ToString(CultureInfo.InvariantCulture);
        }
    }
}
