namespace Gateway.Idle;

/// <summary>
/// The times between uses of one function, in bins a quarter of an octave wide from a second to 18 days. Each bin holds how
/// often a gap that came so far ended there, so a burst of short gaps says nothing about the long ones, and a habit that
/// changed fades by itself. Compare the histogram policy of "Serverless in the Wild" (Shahrad and others, 2020), whose
/// bins are minutes and whose counts never fade. Not thread-safe.
/// </summary>
internal sealed class GapHistogram
{
    /// <summary>Shorter gaps are one use: nothing rests for so short a time.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    internal const int MaxBins = 84;
    private const int BinsPerOctave = 4;

    // A bin is expected when it is likely, was seen thrice, and its gaps are alike: within 2 percent of their mean on average.
    // Gaps spread evenly over a bin deviate by 4.7 percent. What comes after a use that is nearly sure to come first is not.
    private const double LikelyChance = 0.4;
    private const int SeenOften = 3;
    private const double AlikeDeviation = 0.02;
    private const double Reachable = 0.05;

    private static readonly double[] Begins = [.. Enumerable.Range(0, MaxBins + 1).Select(bin => Math.Pow(2, (double)bin / BinsPerOctave))];

    private GapBin[] _bins = [];

    /// <summary>How many gaps it has seen.</summary>
    public int Count { get; private set; }

    internal IReadOnlyList<GapBin> Bins => _bins;

    public void Add(TimeSpan gap)
    {
        if (gap < Shortest)
        {
            return;
        }

        Count++;
        var last = BinOf(gap.TotalSeconds);
        if (last >= _bins.Length)
        {
            Array.Resize(ref _bins, last + 1);
        }

        for (var bin = 0; bin < last; bin++)
        {
            _bins[bin].Pass();
        }

        _bins[last].End(gap.TotalSeconds);
    }

    /// <summary>The chance, 0 to 1, that a function idle for so long is used within the horizon.</summary>
    public double ChanceWithin(TimeSpan idle, TimeSpan horizon)
    {
        var (from, until) = (Math.Max(idle.TotalSeconds, 0), Math.Max(idle.TotalSeconds, 0) + horizon.TotalSeconds);
        var survives = 1.0;
        for (var bin = BinOf(from); bin < MaxBins && Begin(bin) < until; bin++)
        {
            var (chance, (begin, end)) = (ChanceOf(bin), Reach(bin));
            var (past, ahead) = (Part(begin, end, from), Part(begin, end, until));
            // Of those that did not end there before, these end until then.
            survives *= 1 - (chance * (ahead - past) / (1 - (chance * past)));
        }

        return 1 - survives;
    }

    /// <summary>The next time at which a use is expected, for a function idle for so long; null when none is.</summary>
    public Expectation? Next(TimeSpan idle)
    {
        var (begin, reached) = (BinOf(idle.TotalSeconds), 1.0);
        for (var bin = Math.Max(begin - 1, 0); bin < _bins.Length && reached > Reachable; bin++)
        {
            // What falls around the border of two bins is one habit.
            if ((Expect(bin, bin + 1) ?? Expect(bin, bin)) is { } expected && expected.Until > idle)
            {
                return expected;
            }

            reached *= bin < begin ? 1 : 1 - _bins[bin].Chance;
        }

        return null;
    }

    /// <summary>The part of the uses to come, 0 to 1, that come when they are expected, for a function idle for so long.</summary>
    public double ExpectedShare(TimeSpan idle)
    {
        var (survives, expected, all) = (1.0, 0.0, 0.0);
        for (var bin = BinOf(idle.TotalSeconds); bin < _bins.Length; bin++)
        {
            var ends = survives * _bins[bin].Share;
            all += ends;
            var isExpected = (Expect(bin, bin + 1) ?? Expect(bin - 1, bin) ?? Expect(bin, bin)) is { } its && its.Until > idle;
            expected += isExpected ? ends : 0;
            survives -= ends;
        }

        return all > 0 ? expected / all : 0;
    }

    internal void Restore(IEnumerable<(int Bin, GapBin Value)> bins, int count)
    {
        Count = count;
        foreach (var (bin, value) in bins)
        {
            if (bin >= _bins.Length)
            {
                Array.Resize(ref _bins, bin + 1);
            }

            _bins[bin] = value;
        }
    }

    private Expectation? Expect(int first, int last)
    {
        if (first < 0 || last >= _bins.Length)
        {
            return null;
        }

        var (a, b) = (_bins[first], _bins[last]);
        if (first != last && (a.Ended == 0 || b.Ended == 0))
        {
            return null;
        }

        var chance = first == last ? a.Chance : 1 - ((1 - a.Chance) * (1 - b.Chance));
        var ended = first == last ? a.Ended : a.Ended + b.Ended;
        var weight = first == last ? 1 : a.Chance / (a.Chance + ((1 - a.Chance) * b.Chance));
        var mean = (a.Mean * weight) + (b.Mean * (1 - weight));
        var deviation = ((a.Deviation + Math.Abs(a.Mean - mean)) * weight) + ((b.Deviation + Math.Abs(b.Mean - mean)) * (1 - weight));
        if (ended < SeenOften || chance < LikelyChance || deviation > mean * AlikeDeviation)
        {
            return null;
        }

        // Four mean deviations are three standard ones of a bell curve; and never closer than a timer of minutes is kept.
        var around = Math.Max(Math.Max(4 * deviation, mean * 0.002), 0.5);
        return new Expectation(TimeSpan.FromSeconds(mean - around), TimeSpan.FromSeconds(mean + around), chance);
    }

    // The part of a bin where its gaps ended.
    private (double Begin, double End) Reach(int bin)
    {
        if (bin < _bins.Length && _bins[bin] is { Ended: >= SeenOften } its)
        {
            var around = 2 * its.Deviation;
            return (Math.Max(its.Mean - around, Begin(bin)), Math.Min(its.Mean + around, Begins[bin + 1]));
        }

        return (Begin(bin), Begins[bin + 1]);
    }

    private static double Part(double begin, double end, double at) =>
        end > begin ? Math.Clamp((at - begin) / (end - begin), 0, 1) : at > begin ? 1 : 0;

    private double ChanceOf(int bin) => (bin < _bins.Length ? _bins[bin] : default).Chance;

    private static double Begin(int bin) => bin == 0 ? 0 : Begins[bin];

    private static int BinOf(double seconds) =>
        seconds < 1 ? 0 : Math.Min((int)(Math.Log2(seconds) * BinsPerOctave), MaxBins - 1);
}
