using System.Globalization;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>
/// <c>./bench warm --against FOLDER</c> compares this gateway with another published one: what a change costs each request. The two take turns at full load, pair after pair,
/// and are started anew for each generation, since two processes of one program differ for as long as they live.
/// </summary>
internal static class WarmComparison
{
    public const string Now = "gateway", Against = "against";

    private const double StartSeconds = 4;

    private static readonly WarmCase s_case = WarmCase.All[0];

    public static async Task<BenchResult> RunAsync(BenchRun run, string folder, CancellationToken cancellationToken)
    {
        var (generations, rounds) = run.Pick(full: (8, 20), quick: (3, 5));
        var other = PublishedPrograms.GatewayIn(folder);
        var function = await HelloSample.BuildAsync();
        run.Progress.Plan(generations * (StartSeconds + (2 * WarmPlan.WarmUp) + (rounds * WarmPlan.Round(subjects: 2))));
        var pairs = new List<IReadOnlyList<WarmPair>>();
        for (var generation = 1; generation <= generations; generation++)
        {
            run.Progress.Step($"both gateways start, {generation} of {generations}", StartSeconds);
            await using var now = await Side.StartAsync(Now, PublishedPrograms.Gateway, function);
            await using var against = await Side.StartAsync(Against, other, function);
            foreach (var side in (Side[])[now, against])
            {
                run.Progress.Step($"{side.Subject.Name} warms up", WarmPlan.WarmUp);
                await side.Turns.WarmUpAsync(side.Subject, s_case, cancellationToken);
            }

            for (var round = 1; round <= rounds; round++)
            {
                run.Progress.Step($"full load, pair {round} of {rounds}", WarmPlan.Round(subjects: 2));
                // Who comes second finds the machine as the first one has left it, so they change places.
                foreach (var side in round % 2 == 0 ? (Side[])[against, now] : [now, against])
                {
                    await side.Turns.SaturateAsync(side.Subject, s_case, side.Samples, cancellationToken);
                }
            }

            pairs.Add(WarmPair.Of(now.Samples, against.Samples));
        }

        WarmComparisonCell[] cells = [.. WarmPair.Compare(pairs)];
        return new BenchResult(cells, Describe(cells, generations, rounds), []);
    }

    private static string Describe(WarmComparisonCell[] cells, int generations, int rounds)
    {
        var table = new MarkdownTable("", "this gateway", "the other", "ratio", "95 % interval");
        foreach (var cell in cells)
        {
            table.Add(cell.Measure, Text($"{cell.Now:0.##}"), Text($"{cell.Against:0.##}"), Text($"{cell.Ratio:0.0000}"), Text($"{cell.Low:0.0000} to {cell.High:0.0000}"));
        }

        return $"""
            {table}
            {s_case.Name}, {WarmLoad.Concurrency} requests at once by wrk; a gateway has core {WarmCores.Proxy} for itself, load and functions share core {WarmCores.Load}. The ratio is the median over {generations * rounds} pairs of
            turns of {WarmPlan.TurnSeconds} s, this gateway to the other; {generations} generations of processes with {rounds} pairs each. The interval is a bootstrap's, which draws generations and then pairs of them.

            """;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>One of the two gateways, in a namespace of its own.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly LabDirectory _directory = LabDirectory.Create("warm-side");
        private readonly LabCertificates _certificates = new();
        private readonly NetworkNamespace _space = NetworkNamespace.Create();
        private readonly WarmLoad _load;
        private WarmSubject? _subject;

        private Side()
        {
            _load = new WarmLoad(_space);
            Turns = new WarmTurns(_load);
        }

        public WarmTurns Turns { get; }

        public WarmSamples Samples { get; } = new();

        public WarmSubject Subject => _subject!;

        public static async Task<Side> StartAsync(string name, string program, string function)
        {
            var side = new Side();
            try
            {
                side._subject = await WarmGateway.StartAsync(name, program, function, new WarmPorts(7100), side._space, side._certificates.Issue("localhost", WarmPorts.Address), side._directory);
                return side;
            }
            catch
            {
                await side.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_subject is not null)
            {
                await _subject.DisposeAsync();
            }

            _load.Dispose();
            _space.Dispose();
            _certificates.Dispose();
            _directory.Dispose();
        }
    }
}
