using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>Makes the rows of the results from the samples of all rounds.</summary>
internal static class DirectCells
{
    /// <param name="name">The way.</param>
    /// <param name="samples">Its own, one a round.</param>
    /// <param name="own">Those of the function's own port, of which the last are of the same rounds.</param>
    /// <param name="direct">Those of the address that the kernel hands over, likewise.</param>
    public static DirectCell Of(string name, IReadOnlyList<DirectSample> samples, IReadOnlyList<DirectSample> own, IReadOnlyList<DirectSample> direct)
    {
        var requests = Ratios(samples, own, static sample => sample.Rps);
        var bytes = Ratios(samples, own, static sample => sample.Bulk);
        return new DirectCell(
            name,
            Median(samples, static sample => sample.Rps), Statistics.Median(requests), Statistics.Percentile(requests, 0.25), Statistics.Percentile(requests, 0.75),
            Statistics.Median(Ratios(direct, samples, static sample => sample.Rps)),
            Median(samples, static sample => sample.P99), Statistics.Median(Ratios(samples, own, static sample => sample.P99)),
            // The kernel counts it in ticks of 10 ms, of which a turn may have one or none.
            samples.Average(static sample => sample.Cpu),
            Median(samples, static sample => sample.Bulk), Statistics.Median(bytes), Statistics.Percentile(bytes, 0.25), Statistics.Percentile(bytes, 0.75),
            samples.Count);
    }

    private static double Median(IReadOnlyList<DirectSample> samples, Func<DirectSample, double> value) => Statistics.Median(samples.Select(value));

    private static double[] Ratios(IReadOnlyList<DirectSample> samples, IReadOnlyList<DirectSample> others, Func<DirectSample, double> value) =>
        [.. samples.TakeLast(others.Count).Zip(others.TakeLast(samples.Count), (one, other) => value(one) / value(other))];
}
