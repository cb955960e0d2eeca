using System.Globalization;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench warm</c> measures requests for a running function through the gateway, bare YARP, nginx and haproxy in turns.</summary>
internal sealed class WarmBenchmark : IBenchmark
{
    private const double StartSeconds = 5;

    public IReadOnlyList<string> Programs => ["wrk", "h2load", "nginx", "haproxy"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        WarmCores.Check();
        if (run.Against is { } folder)
        {
            return await WarmComparison.RunAsync(run, folder, cancellationToken);
        }

        var plan = WarmPlan.Of(run);
        run.Progress.Plan(plan.Generations * (StartSeconds + (WarmCase.All.Count * plan.Case(subjects: 4, warmUps: 2))));
        var measured = WarmCase.All.Select(@case => new WarmCaseSamples(@case)).ToArray();
        var cipher = "";
        for (var generation = 1; generation <= plan.Generations; generation++)
        {
            run.Progress.Step($"gateway, yarp, nginx and haproxy start, {generation} of {plan.Generations}", StartSeconds);
            await using var subjects = await WarmSubjects.StartAsync(cancellationToken);
            cipher = await HandshakeCheck.RunAsync(subjects, cancellationToken);
            using var load = new WarmLoad(subjects.Namespace);
            var measurement = new WarmMeasurement(subjects, load, plan, run.Progress);
            foreach (var one in measured)
            {
                await measurement.RunAsync(one, cancellationToken);
            }
        }

        WarmCell[] cells = [.. measured.SelectMany(WarmCells.Of)];
        return new BenchResult(cells, Describe(cells, cipher, plan), [WarmPicture.Draw(measured)]);
    }

    private static string Describe(WarmCell[] cells, string cipher, WarmPlan plan)
    {
        var table = new MarkdownTable("protocol", "subject", "requests/s", "of yarp", "quartiles", "CPU us", "core", "p50", "p99", "p99.9", "added p50", "bytes");
        foreach (var cell in cells)
        {
            table.Add(
                new WarmCase(cell.Protocol, cell.Tls).Name,
                cell.Subject,
                Text($"{cell.Rps:0}"),
                Text($"{cell.RatioToYarp:0.000}"),
                Text($"{cell.RatioLow:0.000} to {cell.RatioHigh:0.000}"),
                Text($"{cell.CpuPerRequest * 1000:0.0}"),
                Text($"{cell.CpuShare:0.00}"),
                MarkdownTable.Milliseconds(cell.P50),
                MarkdownTable.Milliseconds(cell.P99),
                MarkdownTable.Milliseconds(cell.P999),
                MarkdownTable.Milliseconds(cell.AddedP50),
                cell.Allocated is { } bytes ? Text($"{bytes:0}") : "");
        }

        return $"""
            {table}
            One core for the proxy, another for load and function; {WarmLoad.Concurrency} requests at once; TLS with {cipher}. `of yarp`: requests a second
            against bare YARP's of the same round, median and quartiles of {cells[0].Rounds} rounds of {plan.Generations} generations of processes. p50 to p99.9 at {WarmPlan.Rate} requests/s. `added p50`: one request
            after the other, less a direct call to the function. `bytes`: allocated for a request.

            """;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
