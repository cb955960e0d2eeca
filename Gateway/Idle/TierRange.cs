using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>The tiers that a function may rest in now, the deepest first.</summary>
/// <param name="Tiers">The tiers; none if it may not rest.</param>
/// <param name="IsHeldUp">Whether open connections exclude tiers that it could otherwise rest in.</param>
internal readonly record struct TierRange(IReadOnlyList<Tier> Tiers, bool IsHeldUp)
{
    /// <summary>The deepest tier.</summary>
    public Tier Deepest => Tiers[0];

    /// <summary>The shallowest tier.</summary>
    public Tier Shallowest => Tiers[^1];

    /// <summary>
    /// Returns the tiers between <c>Idle:Deepest</c> and <c>Idle:Shallowest</c>, by default all but <see cref="Tier.Running"/>. With open
    /// connections none is deeper than <c>Idle:KeepAliveTier</c>.
    /// </summary>
    public static TierRange Of(in RestQuestion question)
    {
        var idle = question.Function.Idle;
        var shallowest = idle.Shallowest ?? Tier.Paused;
        Tier[] all = [.. question.Tiers.Where(tier => tier >= idle.Deepest && tier <= shallowest)];
        if (all.Length == 0 && idle.Shallowest is null)
        {
            // The runtime has no Paused, so the function rests in a deeper tier.
            all = [.. question.Tiers.Where(tier => tier >= idle.Deepest && tier < Tier.Running).Take(1)];
        }

        if (question.OpenConnections == 0)
        {
            return new TierRange(all, IsHeldUp: false);
        }

        Tier[] reachable = [.. all.Where(tier => tier >= (idle.KeepAliveTier ?? Tier.Paused))];
        return new TierRange(reachable, IsHeldUp: reachable.Length < all.Length);
    }

    /// <summary>Returns the next deeper tier; null for the deepest one.</summary>
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
