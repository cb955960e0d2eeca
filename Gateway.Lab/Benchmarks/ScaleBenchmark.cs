using System.Globalization;
using Gateway.Lab.Benchmarks.Scale;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench scale</c> measures many functions, many cold starts at once, and what the hooks cost other traffic.</summary>
internal sealed class ScaleBenchmark : IBenchmark
{
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(2);
    private static readonly int[] s_functions = [1, 100, 1_000, 10_000];
    private static readonly int[] s_atOnce = [1, 10, 100, 500];

    public IReadOnlyList<string> Programs => [];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var (rounds, wakes, transfers) = (run.Pick(3, 1), run.Pick(300, 60), run.Pick(60, 10));
        var each = TimeSpan.FromSeconds(0.4);
        var cell = (rounds * 4) + (wakes * 0.03);
        run.Progress.Plan((cell * s_functions.Length) + 30 + (4 * transfers * each.TotalSeconds));
        List<object> cells = [];
        await using (var network = await LabNetwork.CreateAsync(s_roundTrip))
        {
            var functions = new ManyFunctions(network, await HelloSample.BuildAsync());
            foreach (var count in s_functions)
            {
                run.Progress.Step($"{count} functions", cell);
                var one = cells.OfType<ScaleCell>().FirstOrDefault()?.RssPerFunction ?? 0;
                cells.Add(await ScaleMeasurement.RunAsync(functions, count, rounds, wakes, one, cancellationToken));
            }

            await using var gateway = await functions.StartAsync(s_atOnce.Max());
            foreach (var count in s_atOnce)
            {
                run.Progress.Step($"{count} cold starts at once", 7);
                cells.Add(await AtOnce.RunAsync(functions, gateway, count, run.Pick(5, 2), cancellationToken));
            }

            await gateway.StopAsync(TimeSpan.FromSeconds(60));
        }

        run.Progress.Step("bulk transfer over veth", 2 * transfers * each.TotalSeconds);
        cells.Add(await BulkTransfer.OverVethAsync(transfers, each, cancellationToken));
        run.Progress.Step("bulk transfer over lo", 2 * transfers * each.TotalSeconds);
        cells.Add(await BulkTransfer.OverLoopbackAsync(transfers, each, cancellationToken));
        return new BenchResult(cells, Describe(cells), []);
    }

    private static string Describe(List<object> cells)
    {
        var scale = new MarkdownTable("functions", "start ms", "RSS MiB", "KiB a function", "reload ms", "wake p50 ms", "wake p99 ms");
        foreach (var cell in cells.OfType<ScaleCell>())
        {
            scale.Add($"{cell.Functions}", Number(cell.Startup), Number(cell.Rss), Number(cell.RssPerFunction), Number(cell.Reload), Number(cell.WakeP50), Number(cell.WakeP99));
        }

        var atOnce = new MarkdownTable("cold starts at once", "all answered ms", "p50 ms", "p99 ms");
        foreach (var cell in cells.OfType<AtOnceCell>())
        {
            atOnce.Add($"{cell.AtOnce}", Number(cell.Answered), Number(cell.P50), Number(cell.P99));
        }

        var bulk = new MarkdownTable("bulk transfer", "attached Gbit/s", "without Gbit/s", "ratio");
        foreach (var cell in cells.OfType<BulkCell>())
        {
            bulk.Add(cell.Device, Number(cell.With), Number(cell.Without), cell.Ratio.ToString("0.000", CultureInfo.InvariantCulture));
        }

        return $"{scale}\n{atOnce}\n{bulk}\nTargets with 10,000 functions: start below 5 s, below 60 KiB a function, reload below 500 ms, wake as with one; bulk transfer at least 0.97.\n";
    }

    private static string Number(double value) => MarkdownTable.Milliseconds(value);
}
