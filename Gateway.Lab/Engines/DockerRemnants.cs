namespace Gateway.Lab.Engines;

/// <summary>
/// What a killed daemon leaves outside its directory: an empty cgroup in every hierarchy for each container that ran.
/// </summary>
internal static class DockerRemnants
{
    /// <param name="directory">A <see cref="DockerEngine"/>'s directory; any other is left alone.</param>
    public static void RemoveCgroups(string directory)
    {
        var containers = Path.Combine(directory, "data", "containers");
        if (!Directory.Exists(containers))
        {
            return;
        }

        var mounts = CgroupMounts();
        foreach (var id in Directory.EnumerateDirectories(containers).Select(Path.GetFileName))
        {
            foreach (var mount in mounts)
            {
                RemoveEmpty(Path.Combine(mount, "docker", id!));
            }
        }
    }

    /// <summary>Where cgroup v1 hierarchies and cgroup v2 are mounted: fields 5 and after the hyphen, proc_pid_mountinfo(5).</summary>
    private static List<string> CgroupMounts() =>
    [
        .. File.ReadLines("/proc/self/mountinfo")
            .Where(line => line.Contains(" - cgroup ", StringComparison.Ordinal) || line.Contains(" - cgroup2 ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[4]),
    ];

    private static void RemoveEmpty(string cgroup)
    {
        if (!Directory.Exists(cgroup))
        {
            return;
        }

        foreach (var child in Directory.EnumerateDirectories(cgroup))
        {
            RemoveEmpty(child);
        }

        try
        {
            // rmdir(2): the files of a cgroup directory are not in its way, processes are.
            Directory.Delete(cgroup);
        }
        catch (IOException)
        {
            // Not empty: something still runs there, and it is not ours to end.
        }
    }
}
