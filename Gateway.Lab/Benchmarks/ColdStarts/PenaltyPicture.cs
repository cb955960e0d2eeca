using System.Globalization;
using Gateway.Lab.Reports;
using ScottPlot;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>Penalty over round trip: a line a signal as measured, the equation dashed behind it.</summary>
internal static class PenaltyPicture
{
    private const double Right = 260;

    /// <summary>One for each target and protocol that was measured over three round trips or more: <c>coldstart-docker-bridge-stopped-tls13.png</c>.</summary>
    public static IEnumerable<Picture> Draw(IReadOnlyList<ColdStartCell> cells) =>
        from cell in cells
        group cell by (Name: ColdStartText.NameOf(cell), cell.Protocol) into one
        where one.DistinctBy(cell => cell.Rtt).Count() >= 3
        select new Picture(FileName(one.Key.Name, one.Key.Protocol), Draw(one.Key.Name, one.Key.Protocol, [.. one]));

    private static string FileName(string target, string protocol) =>
        $"coldstart-{target}-{protocol}.png".Replace(".3", "3", StringComparison.Ordinal).Replace("TLS 1", "tls1", StringComparison.Ordinal)
            .Replace(".2", "2", StringComparison.Ordinal).Replace(' ', '-').ToLowerInvariant();

    private static byte[] Draw(string target, string protocol, ColdStartCell[] cells)
    {
        var plot = PictureStyle.NewPlot(Title(target, protocol, cells));
        var lines = cells.GroupBy(cell => cell.WakeOn).OrderByDescending(line => line.Max(cell => cell.PenaltyP50)).ToArray();
        foreach (var line in lines)
        {
            Predicted(plot, line.Key, protocol, Statistics.Median(line.Select(cell => cell.Ready)));
        }

        foreach (var line in lines)
        {
            Measured(plot, line.Key, [.. line.OrderBy(cell => cell.Rtt)]);
        }

        plot.XLabel("network round trip, ms");
        plot.YLabel("what a cold start adds to the\ntime to first byte, ms (median)");
        plot.Axes.SetLimits(-6, Right, -0.04 * Top(cells), 1.24 * Top(cells));
        plot.Axes.Title.Label.FontSize = 13;
        plot.Legend.Alignment = Alignment.UpperCenter;
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.BackgroundColor = Colors.White;
        plot.Legend.OutlineColor = Colors.Transparent;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Axes.Bottom.SetTicks([0, 25, 50, 100, 150, 200, 250], ["0", "25", "50", "100", "150", "200", "250"]);
        return PictureStyle.Png(plot, 860, 430);
    }

    private static void Measured(Plot plot, string wakeOn, ColdStartCell[] cells)
    {
        var (color, marker, label) = PictureStyle.OfSignal(wakeOn);
        var line = plot.Add.Scatter(cells.Select(cell => cell.Rtt).ToArray(), cells.Select(cell => cell.PenaltyP50).ToArray(), color);
        // Between two round trips nothing was measured: the points are what counts, the line only joins them.
        line.LineWidth = 1.5f;
        line.MarkerShape = marker;
        line.MarkerSize = 11;
        line.LegendText = $"woken by the {label}";
    }

    private static void Predicted(Plot plot, string wakeOn, string protocol, double ready)
    {
        // Straight but for its corner, so three points draw it.
        var trips = PenaltyEquation.RoundTrips(wakeOn, protocol);
        var corner = trips == 0 ? Right : Math.Min(Right, ready / trips);
        double[] x = [0, corner, Right];
        var line = plot.Add.ScatterLine(x, [.. x.Select(rtt => PenaltyEquation.Predict(ready, trips * rtt))], PictureStyle.OfSignal(wakeOn).Color.WithAlpha(0.6));
        line.LinePattern = LinePattern.Dashed;
        line.LineWidth = 2;
        if (wakeOn == "Request")
        {
            line.LegendText = "max(0, T_ready \u2212 W)";
        }
    }

    private static double Top(ColdStartCell[] cells) => Math.Max(10, cells.Max(cell => Math.Max(cell.PenaltyP50, cell.Predicted)));

    // The result in a sentence, at the longest round trip that was measured.
    private static string Title(string target, string protocol, ColdStartCell[] cells)
    {
        var far = cells.Max(cell => cell.Rtt);
        double? At(string wakeOn) => cells.FirstOrDefault(cell => cell.Rtt == far && cell.WakeOn == wakeOn)?.PenaltyP50;
        var what = $"{target.Replace(" Stopped", "", StringComparison.Ordinal)}, {protocol}";
        return At("Syn") is { } syn && At("Request") is { } request
            ? string.Create(CultureInfo.InvariantCulture, $"{what}, {far:0} ms round trip: a cold start adds {Math.Max(0, syn):0.0} ms woken by the SYN, {request:0} ms by the request")
            : $"{what}: what a cold start costs";
    }
}
