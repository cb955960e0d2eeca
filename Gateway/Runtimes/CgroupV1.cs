using Gateway.Ebpf.Hooks;

namespace Gateway.Runtimes;

/// <summary>
/// One controller's hierarchy of cgroup v1, beside cgroup v2. The engines give a container the same path in all of them.
/// </summary>
/// <param name="root">Where cgroup v2 is mounted: what instances' paths begin with; null: there is none.</param>
/// <param name="mount">Where the controller is mounted; null: it is not.</param>
internal sealed class CgroupV1(string? root, string? mount)
{
    /// <summary>Whether this machine has the controller in a hierarchy of v1.</summary>
    public bool IsMounted => mount is not null;

    /// <summary>The hierarchy of a controller on this machine.</summary>
    /// <param name="controller">For example <c>memory</c>.</param>
    /// <param name="root">Where cgroup v2 is mounted.</param>
    public static CgroupV1 Find(string controller, string? root) => Find(controller, root, MountInfo.ReadAll());

    /// <summary>The hierarchy of a controller among mounts.</summary>
    /// <param name="controller">For example <c>memory</c>.</param>
    /// <param name="root">Where cgroup v2 is mounted.</param>
    /// <param name="mounts">The mounts.</param>
    public static CgroupV1 Find(string controller, string? root, IEnumerable<MountInfo> mounts) =>
        new(root, mounts.FirstOrDefault(mount => mount.Type == "cgroup" && mount.Options.Contains(controller))?.Point);

    /// <summary>Where a path under cgroup v2 is in this hierarchy; null when there is no hierarchy.</summary>
    public string? Of(string path) =>
        mount is not null && root is not null && path.StartsWith(root + "/", StringComparison.Ordinal) ? Path.Combine(mount, path[(root.Length + 1)..]) : null;
}
