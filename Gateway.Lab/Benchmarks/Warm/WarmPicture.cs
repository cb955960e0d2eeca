using Gateway.Lab.Reports;
using ScottPlot;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Requests a second, a group of bars for each protocol, a bar for each subject; the whiskers are the rounds' range.</summary>
internal static class WarmPicture
{
    private static readonly Dictionary<string, string> s_colors = new(StringComparer.Ordinal)
    {
        ["gateway"] = "#0b6e4f", ["yarp"] = "#8fb9a8", ["nginx"] = "#b0b7bf", ["haproxy"] = "#6b7785",
    };

    public static Picture Draw(IReadOnlyList<(WarmCase Case, IReadOnlyDictionary<string, WarmSamples> Samples)> measured)
    {
        using var plot = new Plot();
        var subjects = measured[0].Samples.Keys.ToArray();
        var group = subjects.Length + 1;
        foreach (var (subject, place) in subjects.Select((subject, place) => (subject, place)))
        {
            var bars = measured.Select((m, i) => Bar((i * group) + place, m.Samples[subject].PerSecond, Color.FromHex(s_colors[subject]))).ToArray();
            plot.Add.Bars(bars).LegendText = subject;
        }

        var middle = (subjects.Length - 1) / 2.0;
        plot.Axes.Bottom.SetTicks([.. measured.Select((_, i) => (i * group) + middle)], [.. measured.Select(m => m.Case.Name)]);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Axes.Margins(bottom: 0, top: 0.25);
        plot.HideGrid();
        plot.Title("Warm path: requests a second on one core");
        plot.YLabel("thousand requests/s");
        plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);
        return new Picture("warm.png", plot.GetImageBytes(1100, 520, ImageFormat.Png));
    }

    private static Bar Bar(double position, List<double> perSecond, Color color)
    {
        var value = Statistics.Median(perSecond) / 1000;
        return new Bar
        {
            Position = position,
            Value = value,
            Error = Math.Max(perSecond.Max() / 1000 - value, value - perSecond.Min() / 1000),
            FillColor = color,
            LineColor = color,
        };
    }
}
