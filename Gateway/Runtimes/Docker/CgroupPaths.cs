namespace Gateway.Runtimes.Docker;

/// <summary>Where an engine puts a container's cgroup. It cannot be asked before the start, but it is known to choose one of two.</summary>
internal static class CgroupPaths
{
    /// <summary>
    /// The candidates, the likelier first (moby, daemon/oci_linux.go, WithCgroups). An engine started with its own
    /// <c>--cgroup-parent</c> uses neither.
    /// </summary>
    /// <param name="root">Where cgroup v2 is mounted; null: there is none.</param>
    public static IReadOnlyList<string> Of(string? root, string driver, string container)
    {
        if (root is null)
        {
            return [];
        }

        var cgroupfs = Path.Combine(root, "docker", container);
        var systemd = Path.Combine(root, "system.slice", $"docker-{container}.scope");
        return driver == "systemd" ? [systemd, cgroupfs] : [cgroupfs, systemd];
    }
}
