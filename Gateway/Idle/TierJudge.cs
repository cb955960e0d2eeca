using Gateway.Model;

namespace Gateway.Idle;

/// <summary>The rule: rest in the deepest tier for which p95(T_ready) is within p10(W).</summary>
internal static class TierJudge
{
    /// <summary>Wakes, and windows, that are enough to trust a close result.</summary>
    public const int Enough = 3;

    /// <summary>How many times as long as the longest wake the shortest window must be, when there are one or two of either.</summary>
    private static readonly double[] MarginOfFew = [2, 1.5];

    /// <summary>Older measurements are made again.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromHours(24);

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

    /// <summary>Chooses the deepest hidden tier of those given, or the shallowest when none is hidden.</summary>
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
    /// The tier that a probe would measure: where it rests while that is unknown; then the deepest whose wakes were seen to be
    /// nearly hidden; then the next deeper one, when it may be hidden and is not known to be, or was not measured for a day. Null where clients give no time that is known, or not
    /// enough for the tier above it.
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

        // One below that clients' own wakes have shown to be near enough: where it is hidden, those above need not be known.
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
