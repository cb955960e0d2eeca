using Gateway.Ebpf.Hooks;

namespace Gateway.Runtimes;

/// <summary>
/// Finds the cgroups of one controller in the hierarchy of cgroup v1, beside cgroup v2. Engines give a container the same path in all hierarchies.
/// </summary>
/// <param name="root">The mount point of cgroup v2, with which the paths of instances begin, or null if there is none.</param>
/// <param name="mount">The mount point of the controller, or null if it is not mounted.</param>
internal sealed class CgroupV1(string? root, string? mount)
{
    /// <summary>Gets the mount point of the controller, or null if it is not mounted.</summary>
    public string? Mount => mount;

    /// <summary>Gets whether this machine has the controller in a hierarchy of v1.</summary>
    public bool IsMounted => mount is not null;

    /// <summary>Finds the hierarchy of a controller on this machine.</summary>
    /// <param name="controller">The name of the controller, such as <c>memory</c>.</param>
    /// <param name="root">The mount point of cgroup v2, or null if there is none.</param>
    public static CgroupV1 Find(string controller, string? root) => Find(controller, root, MountInfo.ReadAll());

    /// <summary>Finds the hierarchy of a controller among mounts.</summary>
    /// <param name="controller">The name of the controller, such as <c>memory</c>.</param>
    /// <param name="root">The mount point of cgroup v2, or null if there is none.</param>
    /// <param name="mounts">The mounts.</param>
    public static CgroupV1 Find(string controller, string? root, IEnumerable<MountInfo> mounts) =>
        new(root, mounts.FirstOrDefault(mount => mount.Type == "cgroup" && mount.Options.Contains(controller))?.Point);

    /// <summary>Returns where a path under cgroup v2 is in this hierarchy, or null if there is no hierarchy or the path is not under cgroup v2.</summary>
    public string? Of(string path) =>
        mount is not null && root is not null && path.StartsWith(root + "/", StringComparison.Ordinal) ? Path.Combine(mount, path[(root.Length + 1)..]) : null;
}
