namespace Gateway.Runtimes.Engines;

/// <summary>cgroup v2's freezer (Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze).</summary>
/// <remarks>
/// A move out of the cgroup would take the processes' limits from them, and their memory's charge, so the engine follows while a <see cref="FreezerDoor"/>
/// stands at the cgroup: they stand still from the moment when its runtime looks until it writes, not for as long as it runs.
/// </remarks>
internal sealed class UnifiedFreezer : IFreezer
{
    internal const string State = "cgroup.freeze";
    internal const string Thawed = "0";
    internal const string Frozen = "1";

    /// <summary>Where crun, with systemd's cgroups, puts a container below the scope that is its own.</summary>
    private const string Inner = "container";

    // What could not be told to the engine afterwards is not begun.
    public bool Thaw(string cgroup) => FreezerDoor.IsAvailable && IsHeld(PlaceOf(cgroup)) && TryWrite(PlaceOf(cgroup), Thawed);

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
                // Whatever the engine has done or left.
                TryWrite(place, Thawed);
            }
        }
    }

    // A door ends with the process that holds it. Frozen or not, its adoption puts the container where the engine holds it to be.
    public void Return(string cgroup)
    {
    }

    private static string PlaceOf(string cgroup)
    {
        var inner = Path.Combine(cgroup, Inner);
        return Directory.Exists(inner) ? inner : cgroup;
    }

    private static bool IsHeld(string place)
    {
        try
        {
            return File.ReadAllText(Path.Combine(place, State)).StartsWith(Frozen, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
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
