using System.Globalization;
using Gateway.Lab.Benchmarks.Direct;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Processes;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench direct</c> measures requests for a running function at its own port, at an address that the kernel hands over, and as bytes through the gateway, in turns.</summary>
internal sealed class DirectBenchmark : IBenchmark
{
    private const int Connections = 32;

    public IReadOnlyList<string> Programs => ["wrk"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var (rounds, seconds) = run.Pick((15, 3), (5, 2));
        run.Progress.Plan(((rounds + 1) * seconds * DirectSubjects.Ways.Count) + 5);
        run.Progress.Step("a gateway and its functions start", 5);
        await using var subjects = await DirectSubjects.StartAsync(cancellationToken);
        var rates = DirectSubjects.Ways.ToDictionary(static way => way.Name, static _ => new List<(double Rps, double Cpu)>(), StringComparer.Ordinal);
        for (var round = 0; round <= rounds; round++)
        {
            run.Progress.Step(round == 0 ? "warm-up" : $"round {round} of {rounds}", seconds * DirectSubjects.Ways.Count);
            // Each way comes first in turn, so that whoever comes after whom is the same for all.
            for (var turn = 0; turn < DirectSubjects.Ways.Count; turn++)
            {
                var (name, url) = DirectSubjects.Ways[(turn + round) % DirectSubjects.Ways.Count];
                var sample = await MeasureAsync(subjects, url, seconds, cancellationToken);
                if (round > 0)
                {
                    rates[name].Add(sample);
                }
            }
        }

        DirectCell[] cells = [.. DirectSubjects.Ways.Select(way => Cell(way.Name, rates[way.Name], rates[DirectSubjects.Ways[0].Name]))];
        return new BenchResult(cells, Describe(cells), []);
    }

    private static async Task<(double Rps, double Cpu)> MeasureAsync(DirectSubjects subjects, string url, int seconds, CancellationToken cancellationToken)
    {
        var before = subjects.GatewayCpu();
        var options = new LabProcessOptions { FileName = "wrk", Arguments = Wrk.Arguments(url, Connections, seconds), Namespace = subjects.Namespace, Cores = WarmCores.Proxy };
        var result = Wrk.Parse((await Command.ExecuteAsync(options, cancellationToken: cancellationToken)).ThrowIfFailed().AllOutput);
        return (result.PerSecond, (subjects.GatewayCpu() - before) * 1e6 / result.Requests);
    }

    private static DirectCell Cell(string name, List<(double Rps, double Cpu)> samples, List<(double Rps, double Cpu)> own)
    {
        double[] ratios = [.. samples.Zip(own, static (one, other) => one.Rps / other.Rps)];
        return new DirectCell(
            name, Statistics.Median([.. samples.Select(static sample => sample.Rps)]), Statistics.Median(ratios), Statistics.Percentile(ratios, 0.25), Statistics.Percentile(ratios, 0.75),
            Statistics.Median([.. samples.Select(static sample => sample.Cpu)]), samples.Count);
    }

    private static string Describe(DirectCell[] cells)
    {
        var table = new MarkdownTable("way", "requests/s", "of own port", "quartiles", "gateway CPU us");
        foreach (var cell in cells)
        {
            table.Add(cell.Subject, Text($"{cell.Rps:0}"), Text($"{cell.Ratio:0.000}"), Text($"{cell.RatioLow:0.000} to {cell.RatioHigh:0.000}"), Text($"{cell.GatewayCpu:0.0}"));
        }

        return $"""
            {table}
            {Connections} connections that stay open; the program has one core, load and gateway share another. `of own port`: requests a second against the program's own port in the same round,
            median and quartiles of {cells[0].Rounds} rounds. `gateway CPU us`: the gateway's processor time for a request. Target: direct at least 0.97, and no processor time.

            """;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
