using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Benchmarks.Rest;
using Gateway.Lab.Clients;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench rest</c> measures what functions hold while they rest, by runtime, tier and size of the program.</summary>
internal sealed class RestBenchmark : IBenchmark
{
    private const string Image = "hello:1";
    private const int Listen = 8300;
    private const double SecondsEach = 4;

    private static readonly int[] s_sizes = [0, 10, 100, 500];
    private static readonly string[] s_tiers = ["Stopped", "Initialized", "Paused"];
    private static readonly (string Runtime, string Network)[] s_runtimes = [("Docker", "bridge"), ("Podman", "host"), ("Process", "")];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public IReadOnlyList<string> Programs => ["dockerd", "podman"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        int[] sizes = run.Pick(s_sizes, [0, 100]);
        var wakes = run.Pick(full: 9, quick: 3);
        run.Progress.Plan(10 + (s_runtimes.Length * s_tiers.Length * sizes.Length * SecondsEach));
        run.Progress.Step("engines", 10);
        using var space = NetworkNamespace.Create();
        using var gates = LabDirectory.Create("gates");
        var files = new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() };
        await using var docker = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = space });
        await docker.ImportImageAsync(Image, files, ["/hello"]);
        await using var podman = await PodmanEngine.StartAsync(new PodmanEngineOptions { Namespace = space });
        await podman.ImportImageAsync(Image, files, ["/hello"]);
        List<RestCell> cells = [];
        foreach (var (runtime, network) in s_runtimes)
        {
            foreach (var (tier, size) in s_tiers.SelectMany(tier => sizes.Select(size => (tier, size))))
            {
                run.Progress.Step($"{runtime} {tier}, a program of {size} MB", SecondsEach);
                var settings = Settings(docker, podman, gates, files["/hello"], runtime, network, tier, size);
                await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings });
                cells.Add(await MeasureAsync(gateway, space, $"{runtime} {network}".Trim(), runtime, tier, size, wakes, cancellationToken));
                // What it leaves would be the next one's.
                settings["Gateway"]!["Functions"] = new JsonObject();
                gateway.UpdateSettings(settings);
                await gateway.WaitForLogAsync(line => line.Contains("The new configuration is in use: 0 functions", StringComparison.Ordinal), s_patience);
                await gateway.StopAsync(s_patience);
            }
        }

        return new BenchResult(cells, Describe(cells), []);
    }

    private static async Task<RestCell> MeasureAsync(
        GatewayProcess gateway, NetworkNamespace space, string where, string runtime, string tier, int size, int wakes, CancellationToken cancellationToken)
    {
        for (var wake = 0; wake < wakes; wake++)
        {
            var answer = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Listen}/") }, cancellationToken);
            if (answer.ThrowIfFailed().HttpCode != 200)
            {
                throw new LabException($"{where}: the gateway answered {answer.HttpCode}.{gateway.LastLines(20)}");
            }

            using var asleep = await gateway.Admin.PostAsync(new Uri("/api/functions/hello/sleep", UriKind.Relative), content: null, cancellationToken);
            asleep.EnsureSuccessStatusCode();
        }

        var function = (await gateway.FunctionsAsync(cancellationToken)).Single();
        if (function.State != tier)
        {
            throw new LabException($"{where}: it rests {function.State} and not {tier}.{gateway.LastLines(20)}");
        }

        var ready = (await gateway.ColdStartsAsync("hello", cancellationToken: cancellationToken)).Where(start => start.Tier == tier).Select(start => start.Phases["ready"]!.Value / 1000.0);
        var held = tier == "Stopped" ? new Held(0, 0, 0, 0, 0) : Held.In(CgroupOf(gateway, runtime, function.Instances[0].GetProperty("id").GetString()!));
        return new RestCell(where, tier, size, held.Resident, held.PageTables, held.Charged, held.Keeper, held.KeeperOwn, Statistics.Median([.. ready]));
    }

    private static string CgroupOf(GatewayProcess gateway, string runtime, string instance)
    {
        if (runtime == "Process")
        {
            return $"headstart-{gateway.ProcessId}/{instance}";
        }

        var (parent, prefix) = runtime == "Docker" ? ("docker", "") : ("libpod_parent", "libpod-");
        var container = prefix + instance.Split('-')[0];
        return MountInfo.ReadAll().Where(mount => mount.Type == "cgroup2").Select(mount => Path.Combine(mount.Point, parent)).Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories).Select(path => $"{parent}/{Path.GetFileName(path)}").First(path => path.StartsWith($"{parent}/{container}", StringComparison.Ordinal));
    }

    private static JsonObject Settings(DockerEngine docker, PodmanEngine podman, LabDirectory gates, string program, string runtime, string network, string tier, int size)
    {
        var hello = BenchSettings.Process(program, 0, "Request", [string.Create(CultureInfo.InvariantCulture, $"http://*:{Listen}")]);
        hello["Environment"] = new JsonObject { ["HOLD_MB"] = $"{size}" };
        hello["Idle"] = new JsonObject { ["Tier"] = tier };
        if (runtime != "Process")
        {
            hello.Remove("Command");
            (hello["Runtime"], hello["Image"], hello["Network"], hello["Port"]) = (runtime, Image, network, 18300);
        }

        return new JsonObject
        {
            ["Gateway"] = new JsonObject
            {
                ["Name"] = "rest",
                ["Ebpf"] = new JsonObject { ["Limits"] = BenchSettings.UnlimitedSyns() },
                ["Budget"] = BenchSettings.UnlimitedBudget(),
                ["Docker"] = new JsonObject { ["Endpoint"] = docker.Endpoint.OriginalString, ["Gate"] = gates.Path },
                ["Podman"] = new JsonObject { ["Endpoint"] = podman.Endpoint.OriginalString, ["Gate"] = gates.Path },
                ["Functions"] = new JsonObject { ["hello"] = hello },
            },
        };
    }

    private static string Describe(List<RestCell> cells)
    {
        var table = new MarkdownTable("runtime", "rests", "program MB", "resident MiB", "page tables MiB", "cgroup MiB", "its keeper MiB", "of it unshared", "ready after ms");
        cells.ForEach(cell => table.Add(
            cell.Where, cell.Tier, $"{cell.Program}", Size(cell.Resident), Size(cell.PageTables), Size(cell.Charged), Size(cell.Keeper), Size(cell.KeeperOwn), MarkdownTable.Milliseconds(cell.Ready)));
        return $"{table}\nIts keeper is the process that waits for its end: containerd-shim (of which nothing is shared here, since there is one), conmon or, for a process, the launcher. Woken by the request of a client on the same machine; the program has no boot but to fill its memory.\n";
    }

    private static string Size(double mebibytes) => mebibytes.ToString(mebibytes >= 10 ? "0" : "0.##", CultureInfo.InvariantCulture);
}
