using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Linking;
using Gateway.Lab.Programs;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>
/// Holds one link, one gateway, one engine if containers are measured, and a function for each target and signal. All of it
/// belongs to this process and ends with it.
/// </summary>
internal sealed class ColdStartRig : IAsyncDisposable
{
    private const string Host = "hello.example";
    private const int FirstListenPort = 8100;
    private const int FirstBackendPort = 18100;

    private readonly LabNetwork _network;
    private readonly LabCertificates _certificates = new();
    private readonly Dictionary<(ColdStartTarget Target, string WakeOn), int> _functions;
    private DockerEngine? _docker;
    private PodmanEngine? _podman;
    private GatewayProcess? _gateway;

    private ColdStartRig(LabNetwork network, IEnumerable<ColdStartCase> cases)
    {
        _network = network;
        _functions = cases.Select(one => (one.Target, one.WakeOn)).Distinct().Select((function, i) => (function, i)).ToDictionary(pair => pair.function, pair => pair.i);
    }

    /// <param name="cases">The cases for which there are functions.</param>
    /// <param name="gateway">The program; null for the one that was built with this assembly.</param>
    public static async Task<ColdStartRig> StartAsync(IReadOnlyList<ColdStartCase> cases, string? gateway)
    {
        var rig = new ColdStartRig(await LabNetwork.CreateAsync(TimeSpan.Zero), cases);
        try
        {
            await rig.StartEnginesAsync(cases);

            rig._gateway = await GatewayProcess.StartAsync(new()
            {
                Namespace = rig._network.Server,
                Settings = await rig.SettingsAsync(),
                Program = gateway,
                StartTimeout = TimeSpan.FromSeconds(60),
            });
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    public Task SetRoundTripAsync(int milliseconds) => _network.Link.SetDelayAsync(TimeSpan.FromMilliseconds(milliseconds) / 2);

    /// <summary>Returns a sentence about what else the machine did since the rig was started.</summary>
    public async Task<string> DisturbancesAsync(QuietMachine quiet)
    {
        var link = await _network.Link.GetStatisticsAsync();
        var (passed, late) = (link.ToServer.Passed + link.ToClient.Passed, link.ToServer.Late + link.ToClient.Late);
        return $"{quiet.Busy} of {quiet.Count} rounds began although the machine was busy with something else; {late} of {passed} frames passed the link more than 1 ms late.";
    }

    /// <summary>Sends a request of the case's kind on a new connection, by a new curl.</summary>
    /// <exception cref="LabException">It was not answered as its program does: with 200, or with 502 if it does not speak HTTP.</exception>
    public async Task<CurlResult> GetAsync(ColdStartCase one, CancellationToken cancellationToken)
    {
        var tls = one.Protocol.Tls;
        var port = FirstListenPort + (2 * _functions[(one.Target, one.WakeOn)]) + (tls is null ? 0 : 1);
        var result = await Curl.GetAsync(
            new CurlOptions
            {
                Namespace = _network.Client,
                Url = $"{(tls is null ? "http" : "https")}://{Host}:{port}/",
                Resolve = _network.Link.Server.Address,
                CaFile = _certificates.CaPath,
                MinTls = tls,
                MaxTls = tls,
            },
            cancellationToken);
        var expected = one.Target.Program is { Answer: null } ? 502 : 200;
        return result.ThrowIfFailed().HttpCode == expected ? result : throw new LabException($"{one.Name}: the gateway answered {result.HttpCode}");
    }

    /// <summary>Returns the function's last cold start as the gateway reports it.</summary>
    public async Task<ColdStart?> LastColdStartAsync(ColdStartCase one, CancellationToken cancellationToken) =>
        (await _gateway!.ColdStartsAsync(NameOf(one), last: 1, cancellationToken)).SingleOrDefault();

    /// <summary>Brings a function to rest, and waits until it is.</summary>
    public async Task SleepAsync(ColdStartCase one, CancellationToken cancellationToken)
    {
        using var asleep = await _gateway!.Admin.PostAsync($"/api/functions/{NameOf(one)}/sleep", content: null, cancellationToken);
        asleep.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_docker is not null)
        {
            await _docker.DisposeAsync();
        }

        if (_podman is not null)
        {
            await _podman.DisposeAsync();
        }

        _certificates.Dispose();
        await _network.DisposeAsync();
    }

    private async Task StartEnginesAsync(IReadOnlyList<ColdStartCase> cases)
    {
        var files = new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() };
        if (cases.Any(one => one.Target.NeedsDocker))
        {
            _docker = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = _network.Server });
            await _docker.ImportImageAsync(ColdStartTarget.Image, files, ["/hello"]);
            foreach (var program in cases.Select(one => one.Target.Program).OfType<RealProgram>().Distinct())
            {
                await _docker.ImportImageAsync(program);
            }
        }

        if (cases.Any(one => one.Target.NeedsPodman))
        {
            _podman = await PodmanEngine.StartAsync(new PodmanEngineOptions { Namespace = _network.Server });
            await _podman.ImportImageAsync(ColdStartTarget.Image, files, ["/hello"]);
        }
    }

    private static string NameOf(ColdStartCase one) => $"{one.Target.Slug}-{one.WakeOn.ToLowerInvariant()}";

    private async Task<JsonObject> SettingsAsync()
    {
        var program = await HelloSample.BuildAsync();
        var functions = new JsonObject();
        foreach (var ((target, wakeOn), i) in _functions)
        {
            var port = FirstListenPort + (2 * i);
            functions[NameOf(new ColdStartCase(target, 0, ColdStartProtocol.Http, wakeOn))] = target.Settings(
                program, FirstBackendPort + i, wakeOn, string.Create(CultureInfo.InvariantCulture, $"http://*:{port}"), string.Create(CultureInfo.InvariantCulture, $"https://*:{port + 1}"));
        }

        var gateway = new JsonObject
        {
            ["Ebpf"] = new JsonObject { ["Mode"] = "Required", ["Limits"] = BenchSettings.UnlimitedSyns() },
            ["Budget"] = BenchSettings.UnlimitedBudget(),
            ["Functions"] = functions,
        };
        if (_docker is not null)
        {
            gateway["Docker"] = new JsonObject { ["Endpoint"] = _docker.Endpoint.ToString() };
        }

        if (_podman is not null)
        {
            gateway["Podman"] = new JsonObject { ["Endpoint"] = _podman.Endpoint.ToString() };
        }

        return new JsonObject
        {
            ["Kestrel"] = new JsonObject { ["Certificates"] = BenchSettings.Certificates(_certificates.Issue(Host)) },
            ["Gateway"] = gateway,
        };
    }
}
