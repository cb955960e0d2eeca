using System.Diagnostics;
using System.Globalization;

namespace Gateway.Runtimes.Process;

/// <summary>Describes how a function's program is started: by the launcher, which keeps the gateway's rights from it, with a small environment.</summary>
internal static class ProcessStart
{
    /// <summary>The variable that tells a program its port.</summary>
    public const string PortVariable = "PORT";

    /// <param name="user">The user that the program becomes, or null for the gateway's own.</param>
    /// <param name="directory">The cgroup in which the program is born, or null.</param>
    /// <param name="joined">The <c>cgroup.procs</c> files by which it joins others.</param>
    /// <param name="port">The program's port, or null if the launcher waits until it is told.</param>
    public static ProcessStartInfo Describe(ProcessRunOptions run, FunctionUser? user, string workingDirectory, string? directory, IReadOnlyList<string> joined, int? port)
    {
        // The directory once more: the path may lead elsewhere when the program is executed.
        string[] wait = port is null ? ["-w", "-d", workingDirectory] : [];
        var start = Launcher.Describe([.. wait, .. Options(run, user, directory, joined), "--", .. run.Command], workingDirectory, isOwnUser: user is null);
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
