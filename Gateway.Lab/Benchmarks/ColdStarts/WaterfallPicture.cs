using System.Globalization;
using Gateway.Lab.Reports;
using ScottPlot;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>Two cold starts phase by phase on one clock: woken by the request above, by the SYN below.</summary>
internal static class WaterfallPicture
{
    private const double Lane = 0.62;

    /// <summary>Of the pair that shows it best: a container if one was measured, TLS 1.3, the longest round trip. Empty when none was measured.</summary>
    public static IEnumerable<Picture> Draw(IReadOnlyList<ColdStartSamples> samples)
    {
        var pair = samples.Where(one => one.Case.WakeOn is "Syn" or "Request").GroupBy(one => (one.Case.Target, one.Case.Protocol, one.Case.RoundTrip))
            .Where(both => both.Count() == 2 && both.Key.RoundTrip > 0)
            .OrderByDescending(both => (both.Key.Target == ColdStartTarget.DockerBridge, both.Key.Protocol == ColdStartProtocol.Tls13, both.Key.RoundTrip))
            .FirstOrDefault();
        if (pair is not null)
        {
            yield return new Picture("coldstart-waterfall.png", Draw(pair.Single(one => one.Case.WakeOn == "Request"), pair.Single(one => one.Case.WakeOn == "Syn")));
        }
    }

    private static byte[] Draw(ColdStartSamples request, ColdStartSamples syn)
    {
        var (late, early) = (Typical(request), Typical(syn));
        var warm = Statistics.Median(syn.Warm);
        var one = syn.Case;
        var plot = PictureStyle.NewPlot(string.Create(CultureInfo.InvariantCulture,
            $"A container's cold start over {one.RoundTrip} ms and {one.Protocol.Name}: {late.Cold:0} ms woken by the request, {early.Cold:0} ms by the SYN, {warm:0} ms warm"));
        plot.Axes.Title.Label.FontSize = 13.5f;
        var scale = late.Cold * 1.04;
        Warm(plot, warm);
        Lanes(plot, 3, "woken by the request", late, one.RoundTrip, scale);
        Lanes(plot, 0, "woken by the SYN", early, one.RoundTrip, scale);
        plot.Axes.SetLimits(-0.085 * scale, scale, -0.6, 5.1);
        plot.Axes.Left.SetTicks([], []);
        plot.Axes.Left.FrameLineStyle.Width = 0;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        var ticks = Enumerable.Range(0, (int)(scale / 100) + 1).Select(i => i * 100.0).ToArray();
        plot.Axes.Bottom.SetTicks(ticks, [.. ticks.Select(tick => tick.ToString("0", CultureInfo.InvariantCulture))]);
        plot.XLabel("ms after the client's SYN");
        plot.HideLegend();
        return PictureStyle.Png(plot, 960, 400);
    }

    private static void Warm(Plot plot, double warm)
    {
        plot.Add.VerticalLine(warm, 1.5f, PictureStyle.Text, LinePattern.Dotted);
        var label = plot.Add.Text("warm: first byte here", warm, 2.3);
        label.LabelAlignment = Alignment.MiddleLeft;
        label.LabelFontSize = 12;
        label.LabelFontColor = PictureStyle.Text;
        label.OffsetX = 6;
    }

    private static ColdStartSample Typical(ColdStartSamples samples) => samples.Cold.OrderBy(sample => sample.Cold).ElementAt(samples.Cold.Count / 2);

    private static void Lanes(Plot plot, double bottom, string title, ColdStartSample sample, double roundTrip, double scale)
    {
        var client = sample.Client;
        var header = plot.Add.Text(title, 0, bottom + 1.72);
        header.LabelBold = true;
        header.LabelFontSize = 14;
        header.LabelAlignment = Alignment.MiddleLeft;
        header.LabelFontColor = PictureStyle.Text;

        void Bar(double lane, double from, double to, Color color, string text, Color? ink = null) =>
            WaterfallPicture.Bar(plot, lane, from, to, color, (to - from) > text.Length * 0.009 * scale ? text : "", ink ?? Colors.White);

        Name(plot, bottom + 1, "client");
        var shaken = client.AppConnect > 0 ? client.AppConnect : client.Connect;
        Bar(bottom + 1, client.NameLookup, client.Connect, PictureStyle.SkyBlue, "TCP", PictureStyle.Text);
        Bar(bottom + 1, client.Connect, shaken, PictureStyle.Blue, "TLS");
        Bar(bottom + 1, shaken, client.StartTransfer, PictureStyle.Faint, "request \u2192 first byte", PictureStyle.Text);

        // The gateway's phases count from its signal: the SYN reached it half a round trip before the SYN-ACK reached
        // the client, the request half a round trip after it was sent.
        var signal = sample.Gateway.Signal == "Request" ? shaken + (roundTrip / 2) : client.Connect - (roundTrip / 2);
        Name(plot, bottom, "function");
        var started = sample.Phase("started") ?? 0;
        var listening = Math.Max(started, sample.Phase("listening") ?? sample.Ready);
        var asked = Math.Max(sample.Ready, sample.Window);
        Bar(bottom, signal, signal + started, PictureStyle.Orange, "container starts", PictureStyle.Text);
        Bar(bottom, signal + started, signal + listening, PictureStyle.Vermilion, "boots");
        Bar(bottom, signal + listening, signal + asked, PictureStyle.Green.WithAlpha(0.3), "ready", PictureStyle.Text);
        Bar(bottom, signal + asked, signal + (sample.Phase("firstByte") ?? asked), PictureStyle.Green, "");
    }

    private static void Name(Plot plot, double lane, string text)
    {
        var label = plot.Add.Text(text, 0, lane);
        label.LabelAlignment = Alignment.MiddleRight;
        label.LabelFontSize = 12;
        label.LabelFontColor = PictureStyle.Text;
        label.OffsetX = -8;
    }

    private static void Bar(Plot plot, double lane, double from, double to, Color color, string text, Color ink)
    {
        if (to - from < 0.01)
        {
            return;
        }

        var bar = plot.Add.Rectangle(from, to, lane - (Lane / 2), lane + (Lane / 2));
        bar.FillColor = color;
        bar.LineWidth = 0;
        var label = plot.Add.Text(text, (from + to) / 2, lane);
        label.LabelAlignment = Alignment.MiddleCenter;
        label.LabelFontSize = 12;
        label.LabelFontColor = ink;
    }
}
