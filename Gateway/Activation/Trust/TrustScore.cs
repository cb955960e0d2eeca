using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>
/// How far early signals are trusted, of one function, one group of sources, or all: the recent share of wakes that came to nothing decides which signal is needed.
/// It is a value, which neither takes a lock nor reads a clock.
/// </summary>
internal readonly record struct TrustScore
{
    /// <summary>The time after which a wake counts half.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(5);

    /// <summary>The longest time for which it has to be calm before a step back, unless the configuration says a longer one.</summary>
    public static readonly TimeSpan LongestCalm = TimeSpan.FromHours(1);

    /// <summary>What the decay within the time of a few wakes may amount to.</summary>
    private const double Tolerance = 0.1;

    /// <summary>2^16 times a millisecond is more than <see cref="LongestCalm"/> allows, and no shift overflows.</summary>
    private const int MostRelapses = 16;

    /// <summary>Gets the earliest kind of signal that is trusted.</summary>
    public SignalKind Earliest { get; private init; }

    /// <summary>Gets the number of recent wakes by that signal or a later one, where older ones count less.</summary>
    public double Wakes { get; private init; }

    /// <summary>Gets how many of them came to nothing.</summary>
    public double Wasted { get; private init; }

    /// <summary>Gets the timestamp of the next step back if no wake comes to nothing before.</summary>
    public long CalmAt { get; private init; }

    /// <summary>Gets how often in a row it was trusted again too early.</summary>
    public int Relapses { get; private init; }

    private long CountedAt { get; init; }

    private long? LoweredAt { get; init; }

    /// <summary>Gets whether most of the recent wakes were followed by a request.</summary>
    public bool IsGood(TrustOptions options) => Earliest == SignalKind.Syn && Wakes - Wasted >= 1 && Wasted <= options.Threshold * Wakes;

    /// <summary>Returns the score after it is known what became of a wake.</summary>
    /// <param name="kind">The signal that woke.</param>
    /// <param name="isWasted">Whether no request followed.</param>
    /// <param name="now">The time.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="fewest">The number of wakes below which nothing is concluded.</param>
    public TrustScore After(SignalKind kind, bool isWasted, Moment now, TrustOptions options, int fewest)
    {
        // A request wakes in any case. Wakes by signals that are no longer trusted began before.
        if (kind == SignalKind.Request || kind < Earliest)
        {
            return this;
        }

        var share = Math.Pow(0.5, now.Since(CountedAt) / HalfLife);
        var counted = this with { Wakes = (Wakes * share) + 1, Wasted = (Wasted * share) + (isWasted ? 1 : 0), CountedAt = now.Timestamp };
        if (!isWasted)
        {
            return counted;
        }

        // A wake that has decayed a little still counts as one, and the last one no more than those before.
        return Math.Round(counted.Wakes) >= fewest && counted.Wasted - (options.Threshold * counted.Wakes) > Tolerance ? counted.Raised(now, options)
            : counted.Earliest > SignalKind.Syn ? counted with { CalmAt = now.After(CalmOf(counted.Relapses, options)) }
            : counted;
    }

    /// <summary>Returns the score after a step back, if it has been calm for long enough.</summary>
    public TrustScore Calmed(Moment now, TrustOptions options, int fewest)
    {
        if (Earliest == SignalKind.Syn || now.Timestamp < CalmAt)
        {
            return this;
        }

        // One more wake that comes to nothing takes the step back.
        return this with
        {
            Earliest = Earliest - 1,
            Wakes = fewest - 1,
            Wasted = options.Threshold * (fewest - 1),
            CountedAt = now.Timestamp,
            LoweredAt = now.Timestamp,
            CalmAt = now.After(CalmOf(Relapses, options)),
        };
    }

    private TrustScore Raised(Moment now, TrustOptions options)
    {
        var relapses = LoweredAt is not { } at ? 0 : now.Since(at) < 2 * CalmOf(Relapses, options) ? Math.Min(Relapses + 1, MostRelapses) : 0;
        return this with
        {
            Earliest = Earliest + 1,
            Wakes = 0,
            Wasted = 0,
            Relapses = relapses,
            LoweredAt = null,
            CalmAt = now.After(CalmOf(relapses, options)),
        };
    }

    private static TimeSpan CalmOf(int relapses, TrustOptions options)
    {
        var longest = options.Calm > LongestCalm ? options.Calm : LongestCalm;
        return options.Calm > longest / (1 << relapses) ? longest : options.Calm * (1 << relapses);
    }
}
