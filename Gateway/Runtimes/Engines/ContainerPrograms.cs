namespace Gateway.Runtimes.Engines;

/// <summary>
/// Finds the first process of a container, as the kernel shows it. It is the init of its PID namespace, so signals for which it has no handler
/// have no effect on it (pid_namespaces(7)), and it runs until it is killed.
/// </summary>
/// <param name="cgroupRoot">The mount point of cgroup v2, under which containers' processes are found, or null if there is none.</param>
internal sealed class ContainerPrograms(EngineDialect dialect, string? cgroupRoot)
{
    /// <summary>Returns true if the signal that is to stop the container has no effect. Returns false also if that cannot be found out.</summary>
    /// <param name="stopSignal">The signal as an image names it, <c>SIGTERM</c>, <c>TERM</c> or <c>15</c>. An empty text stands for SIGTERM.</param>
    public bool Ignores(string container, string stopSignal) =>
        StopSignals.NumberOf(stopSignal) is { } signal && FirstOf(container) is { } status && !status.Heeds(signal);

    /// <summary>Returns where the container's cgroup may be under cgroup v2.</summary>
    public IReadOnlyList<string> CgroupsOf(string container) => dialect.CgroupPaths(cgroupRoot, "", container);

    private ProcessStatus? FirstOf(string container)
    {
        foreach (var cgroup in CgroupsOf(container).Where(Directory.Exists))
        {
            // A program that manages cgroups of its own may have moved from the container's cgroup to one below it.
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

        return files.SelectMany(ProcessStatus.Read).Select(ProcessStatus.TryRead).OfType<ProcessStatus>();
    }
}
