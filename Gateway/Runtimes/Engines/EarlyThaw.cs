namespace Gateway.Runtimes.Engines;

/// <summary>
/// Lets a frozen container's processes go on before its engine does, which runs its OCI runtime for it and takes a hundred times as long.
/// </summary>
/// <remarks>
/// Their cgroup is thawed: one write. The engine goes on taking the container for paused, and asked to let it go on it fails where its runtime is runc,
/// which finds nothing to resume (crun does not look). How the engine is made to follow without a process standing still for it is each freezer's own.
/// </remarks>
/// <param name="legacy">The hierarchy of cgroup v1's freezer: engines use it where there is one.</param>
/// <param name="work">Ends with the runtime.</param>
internal sealed class EarlyThaw(CgroupV1 legacy, BackgroundWork work)
{
    /// <summary>What has been moved out of a container's cgroup is in the cgroup of its name and this.</summary>
    public const string Suffix = ".awake";

    private readonly IFreezer _freezer = legacy.IsMounted ? new LegacyFreezer(work) : new UnifiedFreezer();

    /// <summary>Lets them go on. False when that cannot be done here: the engine alone can.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Thaw(IEnumerable<string> cgroups) => CgroupOf(cgroups) is { } cgroup && _freezer.Thaw(cgroup);

    /// <summary>They stand still, as the engine holds them to. False when they cannot be: there are none, or not here.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    public bool Freeze(IEnumerable<string> cgroups) => CgroupOf(cgroups) is { } cgroup && _freezer.Freeze(cgroup);

    /// <summary>Has the engine thaw what goes on already, and its processes notice nothing of it.</summary>
    /// <param name="cgroups">Directories under cgroup v2, one of which is the container's.</param>
    /// <param name="engine">Asks the engine. If it fails, all is as before.</param>
    public Task FollowAsync(IReadOnlyList<string> cgroups, Func<Task> engine) => CgroupOf(cgroups) is { } cgroup ? _freezer.FollowAsync(cgroup, engine) : engine();

    /// <summary>Puts right what a gateway that was killed while an engine followed has left. Nothing happens when it left nothing.</summary>
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
