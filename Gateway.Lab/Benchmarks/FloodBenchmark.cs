using System.Globalization;
using Gateway.Lab.Benchmarks.Flood;
using Gateway.Lab.Benchmarks.Signal;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench flood</c> measures what forged SYNs, as many as one core can send, do to the gateway and to honest clients.</summary>
internal sealed class FloodBenchmark : IBenchmark
{
    public IReadOnlyList<string> Programs => [];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var (functions, seconds) = (run.Pick(10_000, 500), run.Pick(30, 10));
        var program = await HelloSample.BuildAsync();
        await using var network = await FloodNetwork.CreateAsync();
        FloodMeasurement[] measurements =
        [
            .. SignalHook.All.Where(hook => run.NameFilter?.IsMatch(hook.Name) ?? true)
                .Select(hook => new FloodMeasurement(network, program, hook, functions, TimeSpan.FromSeconds(seconds))),
        ];
        run.Progress.Plan(measurements.Sum(measurement => measurement.Planned));
        List<object> cells = [];
        foreach (var measurement in measurements)
        {
            run.Progress.Step($"a flood of {seconds} s at {functions} functions", measurement.Planned);
            cells.Add(await measurement.RunAsync(cancellationToken));
        }

        return new BenchResult(cells, Describe(cells.Cast<FloodCell>()), []);
    }

    private static string Describe(IEnumerable<FloodCell> cells)
    {
        var table = new MarkdownTable(
            "hook", "functions", "SYNs a second", "told", "started by SYN", "gateway's processor (of it reading events)", "honest cold starts", "by SYN, Established", "cold p50 ms (before)", "warm p99 ms (before)", "awake after");
        foreach (var cell in cells)
        {
            table.Add(
                cell.Hook, $"{cell.Functions}", Whole(cell.SynsPerSecond), Whole(cell.Told), Whole(cell.Started),
                $"{Percent(cell.Processor)} ({Percent(cell.EventsProcessor)})", $"{cell.HonestAnswered} of {cell.HonestAsked}", $"{cell.HonestBySyn}, {cell.HonestByEstablished}",
                $"{MarkdownTable.Milliseconds(cell.ColdP50)} ({MarkdownTable.Milliseconds(cell.ColdP50Before)})",
                $"{MarkdownTable.Milliseconds(cell.WarmP99)} ({MarkdownTable.Milliseconds(cell.WarmP99Before)})", $"{cell.AwakeAfter}");
        }

        return $"{table}\nTargets: all honest cold starts answered, warm p99 at most twice what it was, the events of the flood alone below 10 % of a core with 10,000 functions, nothing awake that nobody asked for 10 s after it.\n";
    }

    private static string Percent(double value) => value.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
