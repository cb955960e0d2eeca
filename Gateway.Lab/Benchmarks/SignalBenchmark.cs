using Gateway.Lab.Benchmarks.Signal;
using Gateway.Lab.Reports;
using HdrHistogram;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench signal</c> measures the stages from a SYN in the kernel to the call of the runtime and on to the first byte.</summary>
internal sealed class SignalBenchmark : IBenchmark
{
    /// <summary>The round trip. It is long enough that a request does not overtake the wake, and short enough for thousands of them.</summary>
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(2);

    private static readonly SignalHook[] s_hooks = [SignalHook.SockOps, SignalHook.Xdp];

    private int _told = -1;

    public IReadOnlyList<string> Programs => ["wrk"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var count = run.Pick(full: 1000, quick: 200);
        var seconds = count * 0.03;
        var hellos = run.Pick(full: 300, quick: 50);
        var load = run.Pick(full: 40, quick: 10);
        run.Progress.Plan((seconds * 1.3 * s_hooks.Length) + 5 + (hellos * 0.1) + load);
        await using var network = await LabNetwork.CreateAsync(s_roundTrip);
        List<(string Hook, string Stage, LongHistogram Times)> measured = [];
        foreach (var hook in s_hooks)
        {
            run.Progress.Step($"{hook.Name}: SYN to managed code", seconds * 0.3);
            measured.Add((hook.Name, "SYN to managed code", Histogram(await EventDelay.MeasureAsync(network, hook, count, cancellationToken))));
            var starts = await Wakes.MeasureAsync(
                network, hook, count, i => Tell(run.Progress, hook, i, count, seconds), cancellationToken);
            measured.AddRange(SignalStages.Cut(starts).Select(stage => (hook.Name, stage.Stage, Histogram(stage.Nanoseconds))));
        }

        run.Progress.Step("xdp: cost of a packet", 5);
        measured.AddRange(XdpCost.Measure(run.Pick(1000, 200)).Select(kind => (SignalHook.Xdp.Name, kind.Key, Histogram(kind.Value))));
        var costs = await XdpCost.MeasureHelloAsync(run.Pick(1000, 200), cancellationToken);
        measured.AddRange(costs.Select(kind => (SignalHook.Xdp.Name, kind.Key, Histogram(kind.Value))));
        run.Progress.Step("ClientHello: told by XDP and by Kestrel", (hellos * 0.1) + load);
        var leads = await HelloLead.MeasureAsync(network, hellos, load, cancellationToken);
        measured.AddRange(leads.Select(lead => (lead.Hook, lead.Stage, Histogram(lead.Nanoseconds))));
        return Report(measured);
    }

    private void Tell(Progress progress, SignalHook hook, int done, int count, double seconds)
    {
        if (done % (count / 10) == 0 && done != _told)
        {
            _told = done;
            progress.Step($"{hook.Name}: wake {done} of {count}", done == 0 ? 0 : seconds / 10);
        }
    }

    private static BenchResult Report(List<(string Hook, string Stage, LongHistogram Times)> measured)
    {
        var cells = measured.ConvertAll(m => new SignalCell(
            m.Hook, m.Stage, Milliseconds(m.Times.GetValueAtPercentile(50)), Milliseconds(m.Times.GetValueAtPercentile(99)), m.Times.TotalCount, Milliseconds(m.Times.GetMaxValue())));
        var table = new MarkdownTable("hook", "stage", "n", "p50 us", "p99 us", "max us");
        cells.ForEach(cell => table.Add(cell.Hook, cell.Stage, $"{cell.N}", Microseconds(cell.P50), Microseconds(cell.P99), Microseconds(cell.Max)));
        var files = measured.Where(m => m.Stage == SignalStages.Wake).Select(m => new Picture($"signal-{m.Hook}.hgrm", Distribution(m.Times)));
        return new BenchResult(cells, $"{table}\nTarget: wake p50 below 300 us, p99 below 2 ms. `signal-*.hgrm` hold the whole distribution of `wake`, in microseconds.\n", [.. files]);
    }

    // 1 ns to 10 s with three digits.
    private static LongHistogram Histogram(IReadOnlyList<long> nanoseconds)
    {
        var histogram = new LongHistogram(1, 10_000_000_000, 3);
        foreach (var time in nanoseconds)
        {
            histogram.RecordValue(Math.Clamp(time, 0, 10_000_000_000));
        }

        return histogram.TotalCount > 0 ? histogram : throw new LabException("No start showed all phases of a stage; is eBPF at work?");
    }

    private static byte[] Distribution(LongHistogram times)
    {
        using var text = new StringWriter();
        times.OutputPercentileDistribution(text, percentileTicksPerHalfDistance: 5, outputValueUnitScalingRatio: 1000);
        return System.Text.Encoding.UTF8.GetBytes(text.ToString().ReplaceLineEndings("\n"));
    }

    private static double Milliseconds(long nanoseconds) => nanoseconds / 1e6;

    private static string Microseconds(double milliseconds) => MarkdownTable.Milliseconds(milliseconds * 1000);
}
