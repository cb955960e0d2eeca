namespace Gateway.Runtimes.Engines;

/// <summary>The freezer of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze).</summary>
/// <remarks>
/// A move out of the cgroup would remove the processes' limits and their memory's charge, so the engine follows while a <see cref="FreezerDoor"/>
/// guards the cgroup. The processes stand still only from when its OCI runtime looks until it writes, not for as long as it runs.
/// </remarks>
internal sealed class UnifiedFreezer : IFreezer
{
    internal const string State = "cgroup.freeze";
    internal const string Thawed = "0";
    internal const string Frozen = "1";

    /// <summary>The cgroup below its own scope into which crun puts a container, with systemd's cgroups.</summary>
    private const string Inner = "container";

    // A thaw is not begun if the engine could not be made to follow it afterwards.
    public bool Thaw(string cgroup) => FreezerDoor.IsAvailable && TryReadFrozen(PlaceOf(cgroup)) == true && TryWrite(PlaceOf(cgroup), Thawed);

    public void Unfreeze(string cgroup) => TryWrite(PlaceOf(cgroup), Thawed);

    public bool IsFrozen(string cgroup) => TryReadFrozen(PlaceOf(cgroup)) != false;

    public bool Freeze(string cgroup) => TryWrite(PlaceOf(cgroup), Frozen);

    public async Task FollowAsync(string cgroup, Func<Task> engine)
    {
        var place = PlaceOf(cgroup);
        using (FreezerDoor.TryHold(place))
        {
            try
            {
                await engine();
            }
            finally
            {
                // The processes run in the end, whatever the engine has done.
                TryWrite(place, Thawed);
            }
        }
    }

    // A door ends with its process, so nothing is left behind. An adoption puts the container into the state that the engine reports.
    public void Return(string cgroup)
    {
    }

    private static string PlaceOf(string cgroup)
    {
        var inner = Path.Combine(cgroup, Inner);
        return Directory.Exists(inner) ? inner : cgroup;
    }

    private static bool? TryReadFrozen(string place)
    {
        try
        {
            return File.ReadAllText(Path.Combine(place, State)).StartsWith(Frozen, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryWrite(string place, string state)
    {
        try
        {
            File.WriteAllText(Path.Combine(place, State), state);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
