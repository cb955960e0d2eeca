using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// The first process of a container, as the kernel shows it. It is the init of its PID namespace: signals for which it has no handler
/// have no effect on it (pid_namespaces(7)), and it runs on until it is killed.
/// </summary>
/// <param name="cgroupRoot">Where cgroup v2 is mounted, which is where containers' processes are found; null: nowhere.</param>
internal sealed class ContainerPrograms(EngineDialect dialect, string? cgroupRoot)
{
    /// <summary>Whether the signal that is to stop the container has no effect. False also when that cannot be told.</summary>
    /// <param name="stopSignal">As an image names it, <c>SIGTERM</c>, <c>TERM</c> or <c>15</c>; empty: SIGTERM.</param>
    public bool Ignores(string container, string stopSignal) =>
        StopSignals.NumberOf(stopSignal) is { } signal && FirstOf(container) is { } status && !status.Heeds(signal);

    private ProcessStatus? FirstOf(string container)
    {
        foreach (var cgroup in dialect.CgroupPaths(cgroupRoot, "", container).Where(Directory.Exists))
        {
            // A program that manages cgroups of its own may have left the container's for one below it.
            var found = ProcessesOf(cgroup, SearchOption.TopDirectoryOnly).FirstOrDefault(status => status.IsInit)
                ?? ProcessesOf(cgroup, SearchOption.AllDirectories).Where(status => status.IsInit).MinBy(status => status.Depth);
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private static IEnumerable<ProcessStatus> ProcessesOf(string cgroup, SearchOption depth)
    {
        string[] files;
        try
        {
            files = depth == SearchOption.TopDirectoryOnly
                ? [Path.Combine(cgroup, "cgroup.procs")]
                : Directory.GetFiles(cgroup, "cgroup.procs", SearchOption.AllDirectories);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        return files.SelectMany(Read).Select(ProcessStatus.TryRead).OfType<ProcessStatus>();
    }

    private static string[] Read(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended, and its cgroup with it.
            return [];
        }
    }

    /// <summary>What of /proc/PID/status is needed, proc_pid_status(5).</summary>
    /// <param name="Depth">How many PID namespaces show it.</param>
    /// <param name="IsInit">It is process 1 in the innermost of them.</param>
    private sealed record ProcessStatus(int Depth, bool IsInit, ulong Blocked, ulong Caught)
    {
        /// <summary>A blocked signal is kept for a sigwait(2) or a signalfd(2), which is how inits take theirs (kernel/signal.c, sig_ignored).</summary>
        public bool Heeds(int signal) => signal == StopSignals.Kill || (((Blocked | Caught) >> (signal - 1)) & 1) != 0;

        /// <param name="process">0 is one that this PID namespace does not show.</param>
        public static ProcessStatus? TryRead(string process)
        {
            var fields = (process == "0" ? [] : Read($"/proc/{process}/status"))
                .Select(line => line.Split(':', 2))
                .Where(parts => parts.Length == 2)
                .ToDictionary(parts => parts[0], parts => parts[1].Trim());
            if (!fields.TryGetValue("NSpid", out var pids) || Mask(fields, "SigBlk") is not { } blocked || Mask(fields, "SigCgt") is not { } caught)
            {
                return null;
            }

            var shown = pids.Split('\t', StringSplitOptions.RemoveEmptyEntries);
            return new ProcessStatus(shown.Length, shown is [_, .., "1"], blocked, caught);
        }

        private static ulong? Mask(Dictionary<string, string> fields, string name) =>
            fields.TryGetValue(name, out var text) && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) ? mask : null;
    }
}
