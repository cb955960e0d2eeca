using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>
/// A gateway with a function in a container on Docker's bridge, and clients in a network namespace of their own, at the other end of a cable. They dial the container itself, to which the
/// machine is their way, and the function's address, from which the kernel forwards them.
/// </summary>
internal sealed class BridgeSubjects : IAsyncDisposable
{
    private const int Port = 8080, Address = 7201;
    private const string Image = "hello:1", Name = "bench-direct";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly IPAddress s_machine = IPAddress.Parse("10.77.0.1");

    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private DockerEngine? _engine;
    private GatewayProcess? _gateway;

    private BridgeSubjects()
    {
    }

    /// <summary>Where the clients are.</summary>
    public NetworkNamespace Clients { get; } = NetworkNamespace.Create();

    /// <summary>The container itself, and the function's address.</summary>
    public IReadOnlyList<DirectWay> Ways { get; private set; } = [];

    public static async Task<BridgeSubjects> StartAsync(CancellationToken cancellationToken)
    {
        var subjects = new BridgeSubjects();
        try
        {
            await subjects.RunAsync(cancellationToken);
            return subjects;
        }
        catch
        {
            await subjects.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_engine?.DisposeAsync() ?? ValueTask.CompletedTask);
        Clients.Dispose();
        _space.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Clients.ConfigureAsync("link add in0 type veth peer name out0");
        await Clients.ConfigureAsync($"link set out0 netns {_space.Path}", "address add 10.77.0.2/24 dev in0", "link set in0 up");
        await _space.ConfigureAsync($"address add {s_machine}/24 dev out0", "link set out0 up");
        _engine = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = _space });
        await _engine.ImportImageAsync(Image, new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() }, ["/hello"]);
        var function = new JsonObject
        {
            ["Runtime"] = "Docker",
            ["Image"] = Image,
            ["Port"] = Port,
            ["Network"] = "bridge",
            ["Listen"] = new JsonArray($"tcp://*:{Address}"),
            ["Idle"] = new JsonObject { ["After"] = "01:00:00" },
        };
        var section = new JsonObject { ["Name"] = Name, ["Docker"] = new JsonObject { ["Endpoint"] = _engine.Endpoint.ToString() }, ["Functions"] = new JsonObject { ["bridged"] = function } };
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = new JsonObject { ["Gateway"] = section }, Program = PublishedPrograms.Gateway, Cores = WarmCores.Proxy });
        using (await Clients.ConnectAsync(new IPEndPoint(s_machine, Address), cancellationToken))
        {
            await _gateway.WaitForLogAsync(static line => line.Contains("bridged: from here on the kernel hands it", StringComparison.Ordinal), s_patience);
        }

        var id = (await _engine.DockerAsync("ps", "--quiet", "--filter", "label=headstart.spec")).Trim();
        var container = (await _engine.DockerAsync("inspect", "--format", "{{.NetworkSettings.IPAddress}}", id)).Trim();
        // What is dialled at the container itself is dropped by Docker otherwise.
        foreach (var direction in (string[])["--destination", "--source"])
        {
            (await _space.ExecuteAsync("iptables", "-w", "-I", "DOCKER-USER", direction, container, "-j", "ACCEPT")).ThrowIfFailed();
        }

        await Clients.ConfigureAsync($"route add {container}/32 via {s_machine}");
        double GatewayCpu() => CpuTime.Seconds(_gateway.ProcessId);
        Ways =
        [
            new("bridge, container dialled", Port, WarmCores.Proxy, GatewayCpu) { Host = container },
            new("bridge, direct", Address, WarmCores.Proxy, GatewayCpu) { Host = $"{s_machine}" },
        ];
    }
}
