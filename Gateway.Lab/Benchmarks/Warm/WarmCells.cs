using Gateway.Lab.Reports;
using HdrHistogram;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Turns of subjects made into cells.</summary>
internal static class WarmCells
{
    public const string Reference = "yarp";

    public static IEnumerable<WarmCell> Of(WarmCaseSamples measured) =>
        measured.Subjects.Select(one => Of(measured.Case, one.Key, one.Value, measured.Subjects[Reference], measured.Direct));

    private static WarmCell Of(WarmCase @case, string subject, WarmSamples samples, WarmSamples reference, LongHistogram direct)
    {
        // Each turn against the same round's: a machine that slows down slows both.
        var ratios = samples.PerSecond.Zip(reference.PerSecond, (own, other) => own / other).ToArray();
        return new WarmCell(
            @case.Protocol,
            @case.Tls,
            subject,
            Statistics.Median(samples.PerSecond),
            Milliseconds(samples.AtRate, 50),
            Milliseconds(samples.AtRate, 99),
            Statistics.Median(ratios),
            Milliseconds(samples.AtRate, 99.9),
            Statistics.Percentile(ratios, 0.25),
            Statistics.Percentile(ratios, 0.75),
            Statistics.Median(samples.CpuSeconds) * 1000,
            Statistics.Median(samples.CpuShare),
            samples.Allocated.Count > 0 ? Statistics.Median(samples.Allocated) : null,
            Milliseconds(samples.OneByOne, 50) - Milliseconds(direct, 50),
            Statistics.Median(samples.Paced),
            samples.PerSecond.Count);
    }

    private static double Milliseconds(LongHistogram microseconds, double percentile) => microseconds.GetValueAtPercentile(percentile) / 1000.0;
}
