namespace Gateway.Runtimes.Engines;

/// <summary>
/// Thaws a frozen container's processes before its engine does, because the engine runs its OCI runtime for that and takes a hundred times as long.
/// </summary>
/// <remarks>
/// One write thaws their cgroup. The engine still takes the container for paused, and its own thaw fails where its runtime is runc, which finds nothing
/// to resume (crun does not look). Each freezer has its own way to make the engine follow without stopping a process for it.
/// </remarks>
/// <param name="legacy">The hierarchy of cgroup v1's freezer, which engines use where it exists.</param>
/// <param name="work">The background work of the runtime, with which it ends.</param>
internal sealed class EarlyThaw(CgroupV1 legacy, BackgroundWork work)
{
    /// <summary>The suffix of the cgroup to which the processes of a container's cgroup are moved.</summary>
    public const string Suffix = ".awake";

    private readonly IFreezer _freezer = legacy.IsMounted ? new LegacyFreezer(work) : new UnifiedFreezer();

    /// <summary>Returns why paused containers cannot be thawed ahead of an engine on this machine, in one sentence without a full stop, or null if they can.</summary>
    /// <param name="cgroupRoot">The mount point of cgroup v2, or null if there is none.</param>
    public static string? WhyNot(string? cgroupRoot)
    {
        if (cgroupRoot is null)
        {
            return "cgroup v2 is not mounted, by which containers are found";
        }

        var legacy = CgroupV1.Find("freezer", cgroupRoot);
        var place = legacy.Mount ?? cgroupRoot;
        return FileRights.WhyNotWritable(place) is { } refused ? $"the machine's cgroups in {place} cannot be written ({refused})"
            : legacy.IsMounted || FreezerDoor.IsAvailable ? null
            : "fanotify's permission events, which hold the engine at cgroup.freeze, are refused: no CAP_SYS_ADMIN";
    }

    /// <summary>Thaws the container's processes. Returns false if that cannot be done here, so that only the engine can do it.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Thaw(IEnumerable<string> cgroups) => CgroupOf(cgroups) is { } cgroup && _freezer.Thaw(cgroup);

    /// <summary>Returns whether a container that the engine takes for paused runs all the same.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool IsAhead(IEnumerable<string> cgroups) => CgroupOf(cgroups) is { } cgroup && !_freezer.IsFrozen(cgroup);

    /// <summary>Freezes the processes of a container that the engine takes for paused. Returns false if there are none, or if they cannot be frozen here.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Freeze(IEnumerable<string> cgroups) => CgroupOf(cgroups) is { } cgroup && _freezer.Freeze(cgroup);

    /// <summary>Undoes <see cref="Freeze"/>.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public void Unfreeze(IEnumerable<string> cgroups)
    {
        if (CgroupOf(cgroups) is { } cgroup)
        {
            _freezer.Unfreeze(cgroup);
        }
    }

    /// <summary>Makes the engine thaw a container whose processes run already, without any effect on them.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    /// <param name="engine">Asks the engine to thaw the container. If it fails, everything is as before.</param>
    public Task FollowAsync(IReadOnlyList<string> cgroups, Func<Task> engine) => CgroupOf(cgroups) is { } cgroup ? _freezer.FollowAsync(cgroup, engine) : engine();

    /// <summary>Repairs what a gateway left that was killed while an engine followed. It does nothing if there is nothing to repair.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public void Return(IEnumerable<string> cgroups)
    {
        if (CgroupOf(cgroups) is { } cgroup)
        {
            _freezer.Return(cgroup);
        }
    }

    private string? CgroupOf(IEnumerable<string> cgroups) =>
        (legacy.IsMounted ? cgroups.Select(legacy.Of).OfType<string>() : cgroups).FirstOrDefault(Directory.Exists);
}
