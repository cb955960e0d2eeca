using System.Globalization;
using System.Text;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>Makes the results for people: penalties by round trip, what is not as promised, and every number.</summary>
internal static class ColdStartText
{
    /// <summary>Makes the text.</summary>
    /// <param name="cells">The cells, in the order in which they are shown.</param>
    /// <param name="disturbances">A sentence about other work of the machine.</param>
    public static string Write(IReadOnlyList<ColdStartCell> cells, string disturbances)
    {
        var text = new StringBuilder();
        foreach (var target in cells.GroupBy(NameOf))
        {
            text.Append(CultureInfo.InvariantCulture, $"## {target.Key}\n\nMedian penalty by round trip, and in parentheses what the equation predicts.\n\n{Summary([.. target])}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"## Measurement and equation\n\n{Verdict(cells)}\n{disturbances}\n\n## All cells\n\n{Table(cells)}");
        return text.ToString();
    }

    /// <summary>Makes a file of all single starts, one a line, in milliseconds and separated by commas.</summary>
    public static byte[] Starts(IReadOnlyList<ColdStartSamples> samples)
    {
        string[] phases = ["wake", "started", "listening", "ready", "request", "firstByte"];
        var text = new StringBuilder($"cell,cold,{string.Join(',', phases)}\n");
        foreach (var (one, start) in samples.SelectMany(cell => cell.Cold.Select(start => (cell.Case, start))))
        {
            var times = phases.Select(phase => start.Phase(phase)?.ToString("0.000", CultureInfo.InvariantCulture));
            text.Append(CultureInfo.InvariantCulture, $"\"{one.Name}\",{start.Cold:0.000},{string.Join(',', times)}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary><c>Docker bridge Stopped</c>.</summary>
    public static string NameOf(ColdStartCell cell) => cell.Network is null ? $"{cell.Runtime} {cell.Tier}" : $"{cell.Runtime} {cell.Network} {cell.Tier}";

    private static MarkdownTable Summary(IReadOnlyList<ColdStartCell> cells)
    {
        var roundTrips = cells.Select(cell => cell.Rtt).Distinct().Order().ToArray();
        var table = new MarkdownTable(["protocol", "woken by", "T_ready", .. roundTrips.Select(rtt => $"{rtt:0} ms")]);
        foreach (var row in cells.GroupBy(cell => (cell.Protocol, cell.WakeOn)))
        {
            var byRoundTrip = row.ToDictionary(cell => cell.Rtt);
            var ready = Statistics.Median(row.Select(cell => cell.Ready));
            table.Add([row.Key.Protocol, row.Key.WakeOn, Number(ready), .. roundTrips.Select(rtt => byRoundTrip.TryGetValue(rtt, out var cell) ? $"{Number(cell.PenaltyP50)} ({Number(cell.Predicted)})" : "")]);
        }

        return table;
    }

    private static string Verdict(IReadOnlyList<ColdStartCell> cells)
    {
        var hidden = cells.Where(cell => cell.IsHidden).ToArray();
        var odd = cells.Where(cell => !cell.IsAsPromised).ToArray();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"In {hidden.Length} of {cells.Count} cells the window is longer than the start by 10 ms or more; there the median penalty should be under 3 ms and p95 under 10 ms. ");
        text.Append("In the others the median penalty should be within 5 ms of the equation. ");
        text.Append(odd.Length == 0 ? "All are.\n" : $"{odd.Length} are not:\n\n{Table(odd)}");
        return text.ToString();
    }

    private static MarkdownTable Table(IReadOnlyList<ColdStartCell> cells)
    {
        var table = new MarkdownTable("runtime", "protocol", "woken by", "RTT", "n", "warm", "cold", "penalty p50", "p95", "T_ready", "T_ready p95", "W", "predicted", "answer");
        foreach (var cell in cells)
        {
            table.Add(
                NameOf(cell), cell.Protocol, cell.WakeOn, $"{cell.Rtt:0}", $"{cell.N}", Number(cell.Warm), Number(cell.Cold), Number(cell.PenaltyP50), Number(cell.PenaltyP95),
                Number(cell.Ready), cell.ReadyP95 is { } late ? Number(late) : "", Number(cell.Window), Number(cell.Predicted), cell.Answer is { } answer ? answer.ToString("0.00", CultureInfo.InvariantCulture) : "");
        }

        return table;
    }

    private static string Number(double milliseconds) => Math.Abs(milliseconds) < 0.05 ? "0" : milliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
