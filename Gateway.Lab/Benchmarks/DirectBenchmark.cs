using System.Globalization;
using Gateway.Lab.Benchmarks.Direct;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary>
/// <c>./bench direct</c> measures a running function at its own port, at an address that the kernel hands over, as bytes through the gateway, and behind nginx and haproxy, in turns.
/// </summary>
internal sealed class DirectBenchmark : IBenchmark
{
    public IReadOnlyList<string> Programs => ["wrk", "curl", "nginx", "haproxy"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        const int Ways = 7, Pair = 2, StartSeconds = 6, EngineSeconds = 12;
        WarmCores.Check();
        var (close, rounds) = run.Pick((40, 12), (8, 4));
        var bridged = close / 2;
        run.Progress.Plan((((close + bridged + 1) * Pair) + ((rounds + 1) * Ways)) * DirectLoad.TurnSeconds + StartSeconds + EngineSeconds);
        run.Progress.Step("a gateway and its functions, nginx and haproxy start", StartSeconds);
        await using var subjects = await DirectSubjects.StartAsync(cancellationToken);
        var load = new DirectLoad(subjects.Namespace);
        var samples = subjects.Ways.ToDictionary(static way => way, static _ => new List<DirectSample>());
        await RoundAsync("warm-up", subjects.Ways, static (_, _) => { });
        // They are to differ by nothing, which takes more and closer turns to see than what a proxy costs.
        for (var round = 1; round <= close; round++)
        {
            await RoundAsync($"own port and direct, {round} of {close}", Rotated(subjects.Ways.Take(Pair), round), Add);
        }

        for (var round = 1; round <= rounds; round++)
        {
            await RoundAsync($"all, {round} of {rounds}", Rotated(subjects.Ways, round), Add);
        }

        run.Progress.Step("Docker and a gateway start", EngineSeconds);
        await using var bridge = await BridgeSubjects.StartAsync(cancellationToken);
        load = new DirectLoad(bridge.Clients);
        foreach (var way in bridge.Ways)
        {
            samples[way] = [];
        }

        await RoundAsync("warm-up on the bridge", bridge.Ways, static (_, _) => { });
        for (var round = 1; round <= bridged; round++)
        {
            await RoundAsync($"on the bridge, {round} of {bridged}", Rotated(bridge.Ways, round), Add);
        }

        DirectCell[] cells = [.. new[] { subjects.Ways, bridge.Ways }.SelectMany(ways => ways.Select(way => DirectCells.Of(way.Name, samples[way], samples[ways[0]], samples[ways[1]])))];
        return new BenchResult(cells, Describe(cells), []);

        void Add(DirectWay way, DirectSample sample) => samples[way].Add(sample);

        async Task RoundAsync(string what, IReadOnlyList<DirectWay> ways, Action<DirectWay, DirectSample> add)
        {
            run.Progress.Step(what, DirectLoad.TurnSeconds * ways.Count);
            foreach (var (way, sample) in await load.RunAsync(ways, cancellationToken))
            {
                add(way, sample);
            }
        }
    }

    // Each comes first in turn, so that whoever comes after whom is the same for all.
    private static IReadOnlyList<DirectWay> Rotated(IEnumerable<DirectWay> ways, int round)
    {
        DirectWay[] all = [.. ways];
        return [.. all.Select((_, turn) => all[(turn + round) % all.Length])];
    }

    private static string Describe(DirectCell[] cells)
    {
        var table = new MarkdownTable("way", "requests/s", "of own port", "quartiles", "direct to it", "p99 ms", "of own port's", "CPU us", "MB/s", "of own port", "quartiles");
        foreach (var cell in cells)
        {
            table.Add(
                cell.Subject, Text($"{cell.Rps:0}"), Text($"{cell.Ratio:0.000}"), Text($"{cell.RatioLow:0.000} to {cell.RatioHigh:0.000}"), Text($"{cell.DirectRatio:0.00}"),
                MarkdownTable.Milliseconds(cell.P99), Text($"{cell.P99Ratio:0.00}"), Text($"{cell.Cpu:0.00}"),
                Text($"{cell.Bulk:0}"), Text($"{cell.BulkRatio:0.000}"), Text($"{cell.BulkLow:0.000} to {cell.BulkHigh:0.000}"));
        }

        return $"""
            {table}
            {DirectLoad.Connections} connections that stay open; then {DirectLoad.LargeAnswers} answers of {DirectLoad.LargeAnswer >> 20} MiB on one connection. The program has one core. The other is the load's on the first two ways, and on
            the others that of what is in between, and the load shares the program's. Ratios are of the same round, medians and quartiles of {cells[2].Rounds} rounds, of {cells[0].Rounds} where there are only the first two ways, and of {cells[^1].Rounds} on the bridge. `direct to it`: requests a second by direct against this way.
            `CPU us`: processor time of nginx, haproxy or, on the other ways, the gateway, for a request; at its own port the function is served without the gateway, which then takes what it takes anyway.
            `bridge`: a container on Docker's bridge, at its own address, which is its own port here, and at the function's, from a network namespace with a cable to the machine's; the container runs on either core.
            Targets: on the bridge at least 0.93 of requests; else direct at least 0.97 of the own port in requests and in bytes a second, 1.5 times nginx and haproxy, a p99 of at most 1.1 times the own port's, and no more processor time than at the own port.

            """;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
