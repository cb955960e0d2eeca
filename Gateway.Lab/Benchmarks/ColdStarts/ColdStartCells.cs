using System.Text.Json;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>Computes the numbers of a cell, and merges the cells of a run in parts.</summary>
internal static class ColdStartCells
{
    public static ColdStartCell Of(ColdStartSamples samples)
    {
        var (one, cold) = (samples.Case, samples.Cold);
        var warm = Statistics.Median(samples.Warm);
        var penalties = cold.Select(sample => sample.Cold - warm).ToArray();
        var ready = Statistics.Median(cold.Select(sample => sample.Ready));
        var window = Statistics.Median(cold.Select(sample => sample.Window));
        var answers = cold.Select(sample => sample.Answer).OfType<double>().ToArray();
        return new ColdStartCell(
            one.RoundTrip, one.Protocol.Name, one.WakeOn, one.Target.Runtime, one.Target.Network, one.Target.Tier, ColdStartTarget.BootMilliseconds, cold.Count,
            warm, Statistics.Median(cold.Select(sample => sample.Cold)), Statistics.Median(penalties), Statistics.Percentile(penalties, 0.95),
            ready, window, PenaltyEquation.Predict(ready, window), answers.Length == 0 ? null : Statistics.Median(answers))
        {
            ReadyP95 = Statistics.Percentile(cold.Select(sample => sample.Ready), 0.95),
        };
    }

    /// <summary>Returns the new cells, and those of earlier parts that were not measured again, in the order of the table.</summary>
    /// <param name="measured">The cells of this run.</param>
    /// <param name="earlier">A JSON array of cells; null if there is none.</param>
    /// <param name="order">All cells of the table.</param>
    public static IReadOnlyList<ColdStartCell> Merge(IReadOnlyList<ColdStartCell> measured, string? earlier, IEnumerable<ColdStartCase> order)
    {
        var kept = earlier is null ? [] : JsonSerializer.Deserialize<List<ColdStartCell>>(earlier, JsonSerializerOptions.Web)!;
        var all = measured.Concat(kept).DistinctBy(Key).ToDictionary(Key);
        return [.. order.Select(KeyOf).Where(all.ContainsKey).Select(key => all[key])];
    }

    private static (double, string, string, string, string?, string) Key(ColdStartCell cell) =>
        (cell.Rtt, cell.Protocol, cell.WakeOn, cell.Runtime, cell.Network, cell.Tier);

    private static (double, string, string, string, string?, string) KeyOf(ColdStartCase one) =>
        (one.RoundTrip, one.Protocol.Name, one.WakeOn, one.Target.Runtime, one.Target.Network, one.Target.Tier);
}
