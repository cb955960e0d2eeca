using System.Globalization;
using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Programs;

/// <summary>Makes the results for people: a row for each program and tier, and every number.</summary>
internal static class ProgramText
{
    /// <param name="programs">The measurements, in the order in which they are shown.</param>
    /// <param name="disturbances">A sentence about other work of the machine.</param>
    public static string Write(IReadOnlyList<ProgramSamples> programs, string disturbances) => $"""
        By program and tier: the boot, T_ready over all pings, and the median penalty at each.

        {Summary(programs)}
        {disturbances}

        ## All cells

        {Table([.. programs.SelectMany(program => program.Cells.GroupBy(cell => cell.Tier).SelectMany(tier => tier))])}
        """;

    private static MarkdownTable Summary(IReadOnlyList<ProgramSamples> programs)
    {
        var roundTrips = programs.SelectMany(program => program.Tiers).Select(samples => samples.Case.RoundTrip).Distinct().Order().ToArray();
        var table = new MarkdownTable(["program", "version", "boot", "tier", "T_ready p50", "p95", .. roundTrips.Select(roundTrip => $"penalty, {roundTrip} ms")]);
        foreach (var program in programs)
        {
            foreach (var tier in program.Tiers.GroupBy(samples => samples.Case.Target.Tier))
            {
                var ready = tier.SelectMany(samples => samples.Cold).Select(sample => sample.Ready).ToArray();
                var penalties = program.Cells.Where(cell => cell.Tier == tier.Key).ToDictionary(cell => cell.Rtt, cell => cell.PenaltyP50);
                table.Add([
                    program.Program.Name, program.Program.Version, Number(program.Boot), tier.Key, Number(Statistics.Median(ready)), Number(Statistics.Percentile(ready, 0.95)),
                    .. roundTrips.Select(roundTrip => Number(penalties[roundTrip])),
                ]);
            }
        }

        return table;
    }

    private static MarkdownTable Table(IReadOnlyList<ProgramCell> cells)
    {
        var table = new MarkdownTable("program", "tier", "RTT", "n", "T_ready p50", "p95", "W", "warm", "cold", "penalty p50", "p95");
        foreach (var cell in cells)
        {
            table.Add(
                cell.Program, cell.Tier, $"{cell.Rtt:0}", $"{cell.N}", Number(cell.ReadyP50), Number(cell.ReadyP95), Number(cell.Window), Number(cell.Warm), Number(cell.Cold),
                Number(cell.PenaltyP50), Number(cell.PenaltyP95));
        }

        return table;
    }

    private static string Number(double milliseconds) => milliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
