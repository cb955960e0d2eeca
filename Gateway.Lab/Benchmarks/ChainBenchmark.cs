using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Programs;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary>
/// <c>./bench chain</c> measures the cold start of a function that needs another one, which needs a third, over a link of 100 ms with TLS 1.3: woken by the SYN, so that the starts
/// overlap the handshakes, and by the request, after which they follow each other.
/// </summary>
internal sealed class ChainBenchmark : IBenchmark
{
    private const string Host = "hello.example";
    private const int FirstPort = 8500;
    private const double SecondsEach = 1.6;

    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(100);
    private static readonly string[] s_signals = ["Syn", "Request"];

    public IReadOnlyList<string> Programs => ["curl"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var boots = run.Pick<int[]>([20, 50, 100], [50]);
        var rounds = run.Pick(full: 20, quick: 5);
        run.Progress.Plan(5 + (boots.Length * s_signals.Length * rounds * SecondsEach));
        run.Progress.Step("starting the link and the gateway", 5);
        using var certificates = new LabCertificates();
        await using var network = await LabNetwork.CreateAsync(s_roundTrip);
        var program = await HelloSample.BuildAsync();
        var chains = boots.SelectMany(boot => s_signals.Select(signal => (boot, signal))).Select((pair, index) => new Chain(pair.boot, pair.signal, index)).ToArray();
        await using var gateway = await GatewayProcess.StartAsync(new()
        {
            Namespace = network.Server,
            Settings = Settings(certificates, program, chains),
            Program = PublishedPrograms.Gateway,
            StartTimeout = TimeSpan.FromSeconds(60),
        });
        foreach (var boot in boots)
        {
            run.Progress.Step(string.Create(CultureInfo.InvariantCulture, $"programs that boot {boot} ms"), s_signals.Length * rounds * SecondsEach);
            // The signals alternate, so that what disturbs the machine disturbs both.
            for (var round = 0; round <= rounds; round++)
            {
                foreach (var chain in chains.Where(chain => chain.Boot == boot))
                {
                    await MeasureAsync(network, certificates, gateway, chain, isCounted: round > 0, cancellationToken);
                }
            }
        }

        ChainCell[] cells = [.. chains.Select(chain => chain.Cell)];
        return new BenchResult(cells, Describe(cells), []);
    }

    private static async Task MeasureAsync(LabNetwork network, LabCertificates certificates, GatewayProcess gateway, Chain chain, bool isCounted, CancellationToken cancellationToken)
    {
        var cold = await GetAsync(network, certificates, chain, cancellationToken);
        var warm = await GetAsync(network, certificates, chain, cancellationToken);
        var starts = new List<ColdStart>();
        foreach (var name in chain.Names)
        {
            starts.Add((await gateway.ColdStartsAsync(name, last: 1, cancellationToken)).Single());
        }

        // What depends on another one comes to rest before it.
        foreach (var name in chain.Names.Reverse())
        {
            using var asleep = await gateway.Admin.PostAsync(new Uri($"/api/functions/{name}/sleep?tier=Stopped", UriKind.Relative), content: null, cancellationToken);
            asleep.EnsureSuccessStatusCode();
        }

        if (isCounted)
        {
            chain.Add(cold, warm, starts);
        }
    }

    private static async Task<double> GetAsync(LabNetwork network, LabCertificates certificates, Chain chain, CancellationToken cancellationToken)
    {
        var answer = await Curl.GetAsync(
            new CurlOptions
            {
                Namespace = network.Client,
                Url = string.Create(CultureInfo.InvariantCulture, $"https://{Host}:{chain.Port}/"),
                Resolve = network.Link.Server.Address,
                CaFile = certificates.CaPath,
                MinTls = TlsVersion.Tls13,
                MaxTls = TlsVersion.Tls13,
            },
            cancellationToken);
        return answer.ThrowIfFailed().HttpCode == 200 ? answer.StartTransfer : throw new LabException($"The gateway answered {answer.HttpCode}.");
    }

    private static JsonObject Settings(LabCertificates certificates, string program, IEnumerable<Chain> chains)
    {
        var functions = new JsonObject();
        foreach (var chain in chains)
        {
            for (var i = 0; i < chain.Names.Length; i++)
            {
                var isLast = i == chain.Names.Length - 1;
                var function = BenchSettings.Process(program, chain.Boot, chain.Signal, isLast ? [string.Create(CultureInfo.InvariantCulture, $"https://*:{chain.Port}")] : []);
                function["Idle"]!["Tier"] = "Stopped";
                if (i > 0)
                {
                    function["DependsOn"] = new JsonArray(chain.Names[i - 1]);
                }

                functions[chain.Names[i]] = function;
            }
        }

        return new JsonObject
        {
            ["Kestrel"] = new JsonObject { ["Certificates"] = BenchSettings.Certificates(certificates.Issue(Host)) },
            ["Gateway"] = new JsonObject { ["Budget"] = BenchSettings.UnlimitedBudget(), ["Ebpf"] = new JsonObject { ["Limits"] = BenchSettings.UnlimitedSyns() }, ["Functions"] = functions },
        };
    }

    private static string Describe(IEnumerable<ChainCell> cells)
    {
        var table = new MarkdownTable("boot of each ms", "woken by", "warm ms", "cold ms", "worst ms", "the three starts ms", "warm and the starts, one after the other, ms", "all ready after ms");
        foreach (var cell in cells)
        {
            table.Add($"{cell.Boot}", cell.WokenBy, MarkdownTable.Milliseconds(cell.Warm), MarkdownTable.Milliseconds(cell.Cold), MarkdownTable.Milliseconds(cell.Worst), MarkdownTable.Milliseconds(cell.Sum), MarkdownTable.Milliseconds(cell.Warm + cell.Sum), MarkdownTable.Milliseconds(cell.Ready));
        }

        return $"{table}\nTime to first byte on a new connection, round trip 100 ms, TLS 1.3; a database, a cache that needs it and an application that needs the cache, each a program of its own.\n";
    }

    /// <summary>Three functions, each of which depends on the one before, and what was measured of them.</summary>
    private sealed class Chain(int boot, string signal, int index)
    {
        private readonly List<double> _cold = [];
        private readonly List<double> _warm = [];
        private readonly List<double> _sums = [];
        private readonly List<double> _ready = [];

        public int Boot => boot;

        public string Signal => signal;

        public int Port => FirstPort + index;

        public string[] Names { get; } = [$"database-{index}", $"cache-{index}", $"app-{index}"];

        public ChainCell Cell => new(boot, signal, Statistics.Median([.. _warm]), Statistics.Median([.. _cold]), _cold.Max(), Statistics.Median([.. _sums]), Statistics.Median([.. _ready]));

        public void Add(double cold, double warm, IReadOnlyList<ColdStart> starts)
        {
            _cold.Add(cold);
            _warm.Add(warm);
            _sums.Add(starts.Sum(start => start.Phases["ready"]!.Value - start.Phases["wake"]!.Value) / 1000.0);
            _ready.Add(starts[^1].Phases["ready"]!.Value / 1000.0);
        }
    }
}
