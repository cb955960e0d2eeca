using System.Globalization;
using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Reports;
using ScottPlot;

namespace Gateway.Lab.Benchmarks.Step;

/// <summary>The 99th percentile over time, and below it how many instances took requests: scaled beside fixed.</summary>
internal static class StepPicture
{
    /// <summary>The part of a second, of which each point of the percentile is.</summary>
    private const double Part = 0.5;

    public static Picture Draw(StepSamples scaled, StepSamples withAll)
    {
        var plan = scaled.Plan;
        var plot = PictureStyle.NewPlot(string.Create(CultureInfo.InvariantCulture,
            $"{StepPlan.Connections} connections in a step against a function of Concurrency {StepPlan.Concurrency}, Max {StepPlan.Max}, at rest before it"));
        plot.Axes.Title.Label.FontSize = 13.5f;
        var most = Percentile(plot, withAll, PictureStyle.Orange, "99th percentile, 8 that always run");
        most = Math.Max(most, Percentile(plot, scaled, PictureStyle.Blue, "99th percentile, scaled"));
        Instances(plot, withAll, PictureStyle.Orange, "instances, 8 that always run");
        Instances(plot, scaled, PictureStyle.Blue, "instances, scaled");
        plot.Axes.SetLimits(-plan.Quiet, plan.End, 0, most * 1.9);
        plot.Axes.Right.Min = 0;
        plot.Axes.Right.Max = StepPlan.Max * 1.9;
        int[] ticks = [0, 2, 4, 6, 8];
        plot.Axes.Right.SetTicks([.. ticks.Select(static tick => (double)tick)], [.. ticks.Select(static tick => tick.ToString(CultureInfo.InvariantCulture))]);
        plot.XLabel("seconds after the step");
        plot.YLabel("ms");
        plot.Axes.Right.Label.Text = "instances (dotted)";
        var end = plot.Add.VerticalLine(plan.Lasts, 1, PictureStyle.Text, LinePattern.Dashed);
        end.LegendText = string.Create(CultureInfo.InvariantCulture, $"{StepPlan.Few} connections from here on");
        plot.ShowLegend(Alignment.UpperRight, Orientation.Vertical);
        return new Picture("step.png", PictureStyle.Png(plot, 960, 480));
    }

    private static double Percentile(Plot plot, StepSamples samples, Color color, string label)
    {
        var (at, values) = samples.OverTime(Part);
        var line = plot.Add.Scatter(at, values, color);
        (line.LineWidth, line.MarkerSize, line.LegendText) = (2, 3, label);
        return values.Max();
    }

    private static void Instances(Plot plot, StepSamples samples, Color color, string label)
    {
        var line = plot.Add.Scatter(samples.Instances.Select(static one => one.At).ToArray(), samples.Instances.Select(static one => (double)one.Ready).ToArray(), color);
        (line.LineWidth, line.MarkerSize, line.LegendText, line.LinePattern, line.ConnectStyle) = (1.5f, 0, label, LinePattern.Dotted, ConnectStyle.StepHorizontal);
        line.Axes.YAxis = plot.Axes.Right;
    }
}
