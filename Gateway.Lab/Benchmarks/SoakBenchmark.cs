using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Gateway.Lab.Benchmarks.Soak;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary>
/// <c>./bench soak</c> runs clients of every kind against functions of every tier for minutes, with faults at random, and counts what was lost and what grew.
/// </summary>
internal sealed class SoakBenchmark : IBenchmark
{
    private const int Clients = 8;
    private const int Seed = 20261126;

    /// <summary>Longer than <c>Idle:After</c> and any stop.</summary>
    private static readonly TimeSpan s_untilAtRest = TimeSpan.FromSeconds(30);

    public IReadOnlyList<string> Programs => ["dockerd"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var time = TimeSpan.FromMinutes(run.Minutes ?? run.Pick(10, 1));
        run.Progress.Plan(time.TotalSeconds + (3 * s_untilAtRest.TotalSeconds));
        using var space = NetworkNamespace.Create();
        using var certificates = new LabCertificates();
        await using var engine = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = space });
        var hello = await HelloSample.BuildAsync();
        await engine.ImportImageAsync(SoakFleet.Image, new Dictionary<string, string> { ["/hello"] = hello }, ["/hello"]);
        var fleet = new SoakFleet(hello, certificates.Issue(SoakClients.Host), engine.Endpoint);
        await using var gateway = await fleet.StartAsync(space);
        var tally = new SoakTally();
        var faults = new SoakFaults(gateway, fleet, tally);

        using var authority = X509CertificateLoader.LoadCertificateFromFile(certificates.CaPath);

        List<Holdings> held = [];
        foreach (var (name, part) in (IReadOnlyList<(string, double)>)[("the first tenth", 0.1), ("to the half", 0.4), ("to the end", 0.5)])
        {
            run.Progress.Step($"clients of every kind, and faults: {name}", (time * part).TotalSeconds);
            await ServeAsync(new SoakClients(space, fleet, tally, authority), faults, time * part, Seed + held.Count, cancellationToken);
            held.Add(await AtRestAsync(gateway, engine, fleet, cancellationToken));
        }

        await gateway.StopAsync(TimeSpan.FromSeconds(60));

        var (cells, growth) = (tally.Cells(), held[0].To(held[1], held[2]));
        return new BenchResult([.. cells, .. growth], Describe(cells, growth, faults, tally), []);
    }

    private static async Task ServeAsync(SoakClients clients, SoakFaults faults, TimeSpan time, int seed, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(time);
        await Task.WhenAll([faults.RunAsync(seed, over.Token), .. Enumerable.Range(1, Clients).Select(i => clients.RunAsync(seed + (i * 1000), over.Token))]);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task<Holdings> AtRestAsync(GatewayProcess gateway, DockerEngine engine, SoakFleet fleet, CancellationToken cancellationToken)
    {
        foreach (var function in fleet.All)
        {
            using var answer = await gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null, cancellationToken);
        }

        // Nobody tells when the last timer, connection and thread of the pool has gone.
        await Task.Delay(s_untilAtRest, cancellationToken);
        var containers = (await engine.DockerAsync("ps", "--all", "--quiet")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        var live = await ManagedHeap.MeasureAsync(gateway, cancellationToken);
        return Holdings.Of(gateway.ProcessId, live, containers);
    }

    private static string Describe(IReadOnlyList<SoakCell> cells, IReadOnlyList<SoakGrowth> growth, SoakFaults faults, SoakTally tally)
    {
        var sent = new MarkdownTable("sent", "n", "answered", "broken by a kill", "lost", "p50 ms", "p99 ms");
        foreach (var cell in cells)
        {
            sent.Add(cell.Kind, $"{cell.Sent}", $"{cell.Answered}", $"{cell.Broken}", $"{cell.Lost}", MarkdownTable.Milliseconds(cell.P50), MarkdownTable.Milliseconds(cell.P99));
        }

        var held = new MarkdownTable("the gateway holds", "after a tenth", "in the middle", "at the end");
        foreach (var one in growth)
        {
            held.Add([one.What, .. ((double[])[one.Before, one.Half, one.After]).Select(value => value.ToString("0.#", CultureInfo.InvariantCulture))]);
        }

        var caused = string.Join(", ", faults.Done.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));
        var losses = string.Concat(tally.Examples.Select(example => $"\n- {example}"));
        return $"{sent}\n{held}\nFaults: {caused}.\n{(losses.Length > 0 ? $"Lost, for example:\n{losses}\n" : "")}";
    }
}
