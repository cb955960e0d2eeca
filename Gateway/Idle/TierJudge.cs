using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Applies the rule of the policy: a function rests in the deepest tier for which p95(T_ready) is within p10(W).</summary>
internal static class TierJudge
{
    /// <summary>How many wakes and windows are enough to trust a close result.</summary>
    public const int Enough = 3;

    /// <summary>How many times as long as the longest wake the shortest window must be, if there are one or two of either.</summary>
    private static readonly double[] MarginOfFew = [2, 1.5];

    /// <summary>The age at which a measurement is made again.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromHours(24);

    /// <summary>Judges one tier by the measurements.</summary>
    public static TierVerdict Judge(FunctionRecord record, Tier tier)
    {
        if (tier == Tier.Running)
        {
            return TierVerdict.Hidden;
        }

        if (record.Windows.P10 is not { } window || record.Wakes(tier) is not { P95: { } p95, P50: { } p50 } wakes)
        {
            return TierVerdict.Unknown;
        }

        if (p95 <= window)
        {
            var known = Math.Min(wakes.Times.Count, record.Windows.Count);
            return known >= Enough || p95 * MarginOfFew[known - 1] <= window ? TierVerdict.Hidden : TierVerdict.Promising;
        }

        return p50 <= window ? TierVerdict.Promising : TierVerdict.Seen;
    }

    /// <summary>Chooses the deepest hidden tier of a range, or the shallowest one if none is hidden.</summary>
    public static (Tier Tier, RestCause Cause) Choose(FunctionRecord record, in TierRange range)
    {
        foreach (var tier in range.Tiers)
        {
            if (Judge(record, tier) == TierVerdict.Hidden)
            {
                return (tier, RestCause.Hidden);
            }
        }

        var known = record.Wakes(range.Shallowest)?.P95 is { } p95 && record.Windows.P10 is { } window && p95 > window;
        return (range.Shallowest, known ? RestCause.NotHidden : RestCause.Unknown);
    }

    /// <summary>
    /// Chooses the tier that a probe is to measure: the one that the function rests in while that is unknown; then the deepest one whose wakes were
    /// nearly hidden; then the next deeper one, if it may be hidden and that is not known, or if it was not measured for a day. Returns null if it
    /// is not known how much time clients give, or if that is too little for the tier above.
    /// </summary>
    public static Tier? WorthProbing(FunctionRecord record, in TierRange range, Tier resting, DateTimeOffset now)
    {
        var verdict = Judge(record, resting);
        if (!(record.Windows.P10 > TimeSpan.Zero) || verdict == TierVerdict.Seen)
        {
            return null;
        }

        if (verdict == TierVerdict.Unknown)
        {
            return resting;
        }

        if (range.DeeperThan(resting) is not { } deeper)
        {
            return null;
        }

        // Wakes by clients may have shown that a deeper tier is nearly hidden. If it turns out to be, the tiers above it need not be measured.
        foreach (var tier in range.Tiers)
        {
            if (tier < deeper && Judge(record, tier) == TierVerdict.Promising)
            {
                return tier;
            }
        }

        var stale = record.Wakes(deeper)?.IsStale(now, StaleAfter) == true;
        return stale || Judge(record, deeper) is TierVerdict.Unknown or TierVerdict.Promising ? deeper : null;
    }
}
