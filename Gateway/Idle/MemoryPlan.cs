using Gateway.Model;

namespace Gateway.Idle;

/// <summary>One function's share of the machine's memory.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="Tier">The tier that it is in.</param>
/// <param name="Bytes">What its instances use now, without those on their way to a deeper tier. What those give back is measured once they are there.</param>
/// <param name="WaitChance">The chance, 0 to 1, that a client has to wait if the function is stopped.</param>
/// <param name="MayRest">Whether it may rest deeper: nobody uses it, and its configuration allows it.</param>
internal readonly record struct Occupant(string Function, Tier Tier, long Bytes, double WaitChance, bool MayRest);

/// <summary>Chooses the functions that give memory back when it is short.</summary>
internal static class MemoryPlan
{
    /// <summary>
    /// Chooses the functions that are to rest deeper so that all fit into the budget: first among those at rest, then among those that run, in
    /// the order in which their memory spares clients the least waiting.
    /// </summary>
    /// <param name="occupants">All functions that use memory.</param>
    /// <param name="budget">The budget in bytes.</param>
    /// <returns>Returns the names of the functions; none if all fit.</returns>
    public static IReadOnlyList<string> Victims(IReadOnlyCollection<Occupant> occupants, long budget)
    {
        var excess = occupants.Sum(one => one.Bytes) - budget;
        if (excess <= 0)
        {
            return [];
        }

        List<string> victims = [];
        foreach (var one in occupants.Where(one => one is { MayRest: true, Bytes: > 0 }).OrderBy(one => one.Tier == Tier.Running).ThenBy(one => one.WaitChance / one.Bytes))
        {
            victims.Add(one.Function);
            excess -= one.Bytes;
            if (excess <= 0)
            {
                break;
            }
        }

        return victims;
    }
}
