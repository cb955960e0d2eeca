using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Two turns, one right after the other, of two gateways.</summary>
internal sealed record WarmPair(WarmPair.Turn Now, WarmPair.Turn Against)
{
    /// <summary>The pairs of two gateways' turns in the order in which they were taken.</summary>
    public static IReadOnlyList<WarmPair> Of(WarmSamples now, WarmSamples against) => [.. Turns(now).Zip(Turns(against), static (one, other) => new WarmPair(one, other))];

    /// <summary>Compares two gateways.</summary>
    /// <param name="generations">The pairs of each generation of processes.</param>
    public static IEnumerable<WarmComparisonCell> Compare(IReadOnlyList<IReadOnlyList<WarmPair>> generations)
    {
        yield return Of("requests/s", static turn => turn.PerSecond);
        yield return Of("processor time of a request, us", static turn => turn.CpuSeconds * 1e6);
        yield return Of("allocated bytes of a request", static turn => turn.Allocated);

        WarmComparisonCell Of(string measure, Func<Turn, double> value)
        {
            var ratios = generations.Select(pairs => (IReadOnlyList<double>)[.. pairs.Select(pair => value(pair.Now) / value(pair.Against))]).ToArray();
            var (low, high) = Bootstrap.MedianInterval(ratios);
            return new WarmComparisonCell(
                measure,
                Statistics.Median(generations.SelectMany(pairs => pairs.Select(pair => value(pair.Now)))),
                Statistics.Median(generations.SelectMany(pairs => pairs.Select(pair => value(pair.Against)))),
                Statistics.Median(ratios.SelectMany(static ratio => ratio)),
                low,
                high,
                generations.Count,
                generations.Sum(static pairs => pairs.Count));
        }
    }

    private static IEnumerable<Turn> Turns(WarmSamples samples) =>
        samples.PerSecond.Select((perSecond, index) => new Turn(perSecond, samples.CpuSeconds[index], samples.Allocated[index]));

    /// <param name="PerSecond">Requests a second.</param>
    /// <param name="CpuSeconds">Processor time of a request, in seconds.</param>
    /// <param name="Allocated">Bytes allocated for a request.</param>
    internal sealed record Turn(double PerSecond, double CpuSeconds, double Allocated);
}
