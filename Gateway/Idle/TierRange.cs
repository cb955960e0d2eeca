using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Which tiers a function may rest in now, the deepest first.</summary>
/// <param name="Tiers">Empty when it may not rest.</param>
/// <param name="IsHeldUp">Open connections leave out tiers that it could rest in without them.</param>
internal readonly record struct TierRange(IReadOnlyList<Tier> Tiers, bool IsHeldUp)
{
    public Tier Deepest => Tiers[0];

    public Tier Shallowest => Tiers[^1];

    /// <summary>
    /// Between <c>Idle:Deepest</c> and <c>Idle:Shallowest</c>; by default all but <see cref="Tier.Running"/>. With open
    /// connections no deeper than <c>Idle:KeepAliveTier</c>.
    /// </summary>
    public static TierRange Of(in RestQuestion question)
    {
        var idle = question.Function.Idle;
        var shallowest = idle.Shallowest ?? Tier.Paused;
        Tier[] all = [.. question.Tiers.Where(tier => tier >= idle.Deepest && tier <= shallowest)];
        if (all.Length == 0 && idle.Shallowest is null)
        {
            // A runtime without Paused rests in what it has.
            all = [.. question.Tiers.Where(tier => tier >= idle.Deepest && tier < Tier.Running).Take(1)];
        }

        if (question.OpenConnections == 0)
        {
            return new TierRange(all, IsHeldUp: false);
        }

        Tier[] reachable = [.. all.Where(tier => tier >= (idle.KeepAliveTier ?? Tier.Paused))];
        return new TierRange(reachable, IsHeldUp: reachable.Length < all.Length);
    }

    /// <summary>The next deeper one; null for the deepest.</summary>
    public Tier? DeeperThan(Tier tier)
    {
        Tier? deeper = null;
        foreach (var one in Tiers)
        {
            deeper = one < tier ? one : deeper;
        }

        return deeper;
    }
}
