namespace Gateway.Idle;

/// <summary>
/// Keeps the times between uses of one function, in bins a quarter of an octave wide from a second to 18 days. Each bin holds how
/// often a gap that reached it ended there, so that a burst of short gaps says nothing about long ones, and an old habit fades. Compare the
/// histogram policy of "Serverless in the Wild" (Shahrad and others, 2020), whose bins are minutes and whose counts never fade. Not thread safe.
/// </summary>
internal sealed class GapHistogram
{
    /// <summary>The shortest gap. Uses that are closer together are one use, because nothing rests for so short a time.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    internal const int MaxBins = 84;
    private const int BinsPerOctave = 4;

    // The next use is expected in a bin if that is likely, was seen three times, and its gaps are alike: within 2 percent of their mean on average.
    // Gaps that are spread evenly over a bin deviate by 4.7 percent. A bin behind one that nearly every gap ends in is not considered.
    private const double LikelyChance = 0.4;
    private const int SeenOften = 3;
    private const double AlikeDeviation = 0.02;
    private const double Reachable = 0.05;

    private static readonly double[] Begins = [.. Enumerable.Range(0, MaxBins + 1).Select(bin => Math.Pow(2, (double)bin / BinsPerOctave))];

    private GapBin[] _bins = [];

    /// <summary>How many gaps were added.</summary>
    public int Count { get; private set; }

    internal IReadOnlyList<GapBin> Bins => _bins;

    /// <summary>Adds a gap between two uses.</summary>
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

    /// <summary>Returns the chance, 0 to 1, that a function that has been idle for a time is used within the horizon.</summary>
    public double ChanceWithin(TimeSpan idle, TimeSpan horizon)
    {
        var (from, until) = (Math.Max(idle.TotalSeconds, 0), Math.Max(idle.TotalSeconds, 0) + horizon.TotalSeconds);
        var survives = 1.0;
        for (var bin = BinOf(from); bin < MaxBins && BeginOf(bin) < until; bin++)
        {
            var (chance, (begin, end)) = (ChanceOf(bin), Reach(bin));
            var (past, ahead) = (Part(begin, end, from), Part(begin, end, until));
            // This is the part of the gaps that end before the horizon, of those that have not ended yet.
            survives *= 1 - (chance * (ahead - past) / (1 - (chance * past)));
        }

        return 1 - survives;
    }

    /// <summary>Returns when the next use is expected, for a function that has been idle for a time; null if none is.</summary>
    public Expectation? Next(TimeSpan idle)
    {
        var (begin, reached) = (BinOf(idle.TotalSeconds), 1.0);
        for (var bin = Math.Max(begin - 1, 0); bin < _bins.Length && reached > Reachable; bin++)
        {
            // Gaps around the border of two bins are one habit.
            if ((Expect(bin, bin + 1) ?? Expect(bin, bin)) is { } expected && expected.Until > idle)
            {
                return expected;
            }

            reached *= bin < begin ? 1 : 1 - _bins[bin].Chance;
        }

        return null;
    }

    /// <summary>Returns the part, 0 to 1, of the coming uses that come when they are expected, for a function that has been idle for a time.</summary>
    public double ExpectedShare(TimeSpan idle)
    {
        var (survives, expected, all) = (1.0, 0.0, 0.0);
        for (var bin = BinOf(idle.TotalSeconds); bin < _bins.Length; bin++)
        {
            var ends = survives * _bins[bin].Share;
            all += ends;
            var isExpected = (Expect(bin, bin + 1) ?? Expect(bin - 1, bin) ?? Expect(bin, bin)) is { } expectation && expectation.Until > idle;
            expected += isExpected ? ends : 0;
            survives -= ends;
        }

        return all > 0 ? expected / all : 0;
    }

    /// <summary>Sets what a gateway before this one learned.</summary>
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

        // Four mean deviations are three standard deviations of a normal distribution. The bound is the precision that timers of minutes have.
        var around = Math.Max(Math.Max(4 * deviation, mean * 0.002), 0.5);
        return new Expectation(TimeSpan.FromSeconds(mean - around), TimeSpan.FromSeconds(mean + around), chance);
    }

    // Returns the part of a bin in which its gaps ended.
    private (double Begin, double End) Reach(int bin)
    {
        if (bin < _bins.Length && _bins[bin] is { Ended: >= SeenOften } seen)
        {
            var around = 2 * seen.Deviation;
            return (Math.Max(seen.Mean - around, BeginOf(bin)), Math.Min(seen.Mean + around, Begins[bin + 1]));
        }

        return (BeginOf(bin), Begins[bin + 1]);
    }

    private static double Part(double begin, double end, double at) =>
        end > begin ? Math.Clamp((at - begin) / (end - begin), 0, 1) : at > begin ? 1 : 0;

    private double ChanceOf(int bin) => (bin < _bins.Length ? _bins[bin] : default).Chance;

    private static double BeginOf(int bin) => bin == 0 ? 0 : Begins[bin];

    private static int BinOf(double seconds) =>
        seconds < 1 ? 0 : Math.Min((int)(Math.Log2(seconds) * BinsPerOctave), MaxBins - 1);
}
