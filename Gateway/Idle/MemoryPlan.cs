using Gateway.Model;

namespace Gateway.Idle;

/// <summary>One function's share of the machine's memory.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Tier">Where it is.</param>
/// <param name="Bytes">What its instances use now, but for those on their way to a deeper tier: what they give back is seen when they are there.</param>
/// <param name="Regret">The chance that somebody waits when it is stopped, 0 to 1.</param>
/// <param name="MayRest">It could go deeper: nobody uses it, and its configuration allows it.</param>
internal readonly record struct Occupant(string Function, Tier Tier, long Bytes, double Regret, bool MayRest);

/// <summary>Chooses the functions that give memory back when it is short.</summary>
internal static class MemoryPlan
{
    /// <summary>
    /// Those that are to go deeper so that the rest fit into the budget: of those at rest, then of those running, first the
    /// ones whose memory spares clients the least waiting.
    /// </summary>
    /// <param name="occupants">All functions that use memory.</param>
    /// <param name="budget">In bytes.</param>
    /// <returns>Empty when all fit.</returns>
    public static IReadOnlyList<string> Victims(IReadOnlyCollection<Occupant> occupants, long budget)
    {
        var excess = occupants.Sum(one => one.Bytes) - budget;
        if (excess <= 0)
        {
            return [];
        }

        List<string> victims = [];
        foreach (var one in occupants.Where(one => one is { MayRest: true, Bytes: > 0 }).OrderBy(one => one.Tier == Tier.Running).ThenBy(one => one.Regret / one.Bytes))
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
