using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Reports;
using ScottPlot;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Requests a second, a group of bars for each protocol, a bar for each subject; the whiskers are the rounds' range.</summary>
internal static class WarmPicture
{
    private static readonly Dictionary<string, Color> s_colors = new(StringComparer.Ordinal)
    {
        ["gateway"] = PictureStyle.Blue, ["yarp"] = PictureStyle.SkyBlue, ["nginx"] = PictureStyle.Orange, ["haproxy"] = PictureStyle.Green,
    };

    public static Picture Draw(IReadOnlyList<WarmCaseSamples> measured)
    {
        var plot = PictureStyle.NewPlot("Warm: requests a second through each proxy on one core");
        var subjects = measured[0].Subjects.Keys.ToArray();
        var group = subjects.Length + 1;
        foreach (var (subject, place) in subjects.Select((subject, place) => (subject, place)))
        {
            var bars = measured.Select((m, i) => Bar((i * group) + place, m.Subjects[subject].PerSecond, s_colors[subject])).ToArray();
            plot.Add.Bars(bars).LegendText = subject;
        }

        var middle = (subjects.Length - 1) / 2.0;
        plot.Axes.Bottom.SetTicks([.. measured.Select((_, i) => (i * group) + middle)], [.. measured.Select(m => m.Case.Name)]);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Axes.Margins(bottom: 0, top: 0.25);
        plot.YLabel("thousand requests a second\n(median, and range of the rounds)");
        plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);
        return new Picture("warm.png", PictureStyle.Png(plot, 900, 420));
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
