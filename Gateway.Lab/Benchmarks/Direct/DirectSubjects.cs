using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>
/// A gateway with two functions of the same program, which run: connections to one are handed over by the kernel, those to the other pass through the gateway. nginx and haproxy are in front
/// of the former's own port.
/// </summary>
internal sealed class DirectSubjects : IAsyncDisposable
{
    private const int OwnPort = 7001, Direct = 7101, Bytes = 7102;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly LabDirectory _directory = LabDirectory.Create("direct");
    private readonly LabCertificates _certificates = new();
    private readonly List<IAsyncDisposable> _owned = [];

    // One that leaves without a word may wake nothing.
    private readonly List<Socket> _woken = [];

    private DirectSubjects()
    {
    }

    public NetworkNamespace Namespace { get; } = NetworkNamespace.Create();

    /// <summary>The ways to a function, in the order in which they take turns: the function's own port first, then <c>direct</c>.</summary>
    public IReadOnlyList<DirectWay> Ways { get; private set; } = [];

    public static async Task<DirectSubjects> StartAsync(CancellationToken cancellationToken)
    {
        var subjects = new DirectSubjects();
        try
        {
            var gateway = await subjects.GatewayAsync(cancellationToken);
            var proxies = new WarmProxies(subjects.Namespace, subjects._directory, subjects._certificates.Issue("localhost"), OwnPort);
            var nginx = await proxies.NginxAsync(new WarmPorts(7300), cancellationToken);
            subjects._owned.Add(nginx);
            var haproxy = await proxies.HaproxyAsync(new WarmPorts(7400), cancellationToken);
            subjects._owned.Add(haproxy);
            double GatewayCpu() => CpuTime.Seconds(gateway.ProcessId);
            // Where something is in between it has its core for itself, as in ./bench warm: with the load on that core, nginx and haproxy are slower than they have to be.
            subjects.Ways =
            [
                new("own port", OwnPort, WarmCores.Proxy, GatewayCpu),
                new("direct", Direct, WarmCores.Proxy, GatewayCpu),
                new("bytes", Bytes, WarmCores.Load, GatewayCpu),
                new(nginx.Name, nginx.Ports.Plain, WarmCores.Load, nginx.CpuSeconds),
                new(haproxy.Name, haproxy.Ports.Plain, WarmCores.Load, haproxy.CpuSeconds),
                new("nginx tcp", nginx.Ports.Bytes, WarmCores.Load, nginx.CpuSeconds),
                new("haproxy tcp", haproxy.Ports.Bytes, WarmCores.Load, haproxy.CpuSeconds),
            ];
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
        _woken.ForEach(static socket => socket.Dispose());
        foreach (var one in _owned)
        {
            await one.DisposeAsync();
        }

        Namespace.Dispose();
        _certificates.Dispose();
        _directory.Dispose();
    }

    private async Task<GatewayProcess> GatewayAsync(CancellationToken cancellationToken)
    {
        var program = await HelloSample.BuildAsync();
        var functions = new JsonObject { ["direct"] = Function(program, Direct), ["bytes"] = Function(program, Bytes) };
        functions["direct"]!["Port"] = OwnPort;
        functions["bytes"]!["Direct"] = "Off";
        var settings = new JsonObject { ["Gateway"] = new JsonObject { ["Functions"] = functions } };
        var gateway = await GatewayProcess.StartAsync(new() { Namespace = Namespace, Settings = settings, Program = PublishedPrograms.Gateway, Cores = WarmCores.Proxy });
        _owned.Add(gateway);
        foreach (var port in (int[])[Direct, Bytes])
        {
            _woken.Add(await Namespace.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken));
        }

        await gateway.WaitForLogAsync(static line => line.Contains("direct: from here on the kernel hands it", StringComparison.Ordinal), s_patience);
        return gateway;
    }

    // The programs have a core of their own.
    private static JsonObject Function(string program, int port)
    {
        var function = BenchSettings.Process(program, bootMilliseconds: 0, "Syn", $"tcp://*:{port}");
        function["Command"] = new JsonArray("taskset", "--cpu-list", WarmCores.Load, program);
        return function;
    }
}
