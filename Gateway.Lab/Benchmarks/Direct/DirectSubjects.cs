using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>A gateway with two functions of the same program, which run: connections to one are handed over by the kernel, those to the other pass through the gateway.</summary>
internal sealed class DirectSubjects : IAsyncDisposable
{
    private const int OwnPort = 7001, Direct = 7101, Bytes = 7102;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly GatewayProcess _gateway;

    private DirectSubjects(GatewayProcess gateway, NetworkNamespace space) => (_gateway, Namespace) = (gateway, space);

    public NetworkNamespace Namespace { get; }

    /// <summary>The ways to a function, by the names of <see cref="Reports.DirectCell.Subject"/>, in the order in which they take turns.</summary>
    public static IReadOnlyList<(string Name, string Url)> Ways { get; } =
        [("own port", $"http://127.0.0.1:{OwnPort}/"), ("direct", $"http://127.0.0.1:{Direct}/"), ("bytes", $"http://127.0.0.1:{Bytes}/")];

    public static async Task<DirectSubjects> StartAsync(CancellationToken cancellationToken)
    {
        var program = await HelloSample.BuildAsync();
        var functions = new JsonObject { ["direct"] = Function(program, Direct), ["bytes"] = Function(program, Bytes) };
        functions["direct"]!["Port"] = OwnPort;
        functions["bytes"]!["Direct"] = "Off";
        var space = NetworkNamespace.Create();
        try
        {
            var settings = new JsonObject { ["Gateway"] = new JsonObject { ["Functions"] = functions } };
            var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings, Program = PublishedPrograms.Gateway, Cores = WarmCores.Proxy });
            foreach (var port in (int[])[Direct, Bytes])
            {
                (await space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken)).Dispose();
            }

            await gateway.WaitForLogAsync(static line => line.Contains("direct: from here on the kernel hands it", StringComparison.Ordinal), s_patience);
            return new DirectSubjects(gateway, space);
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>The gateway's processor time since its start, in seconds.</summary>
    public double GatewayCpu() => CpuTime.Seconds(_gateway.ProcessId);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Namespace.Dispose();
    }

    // The programs have a core for themselves, as behind the proxies of ./bench warm; the load and the gateway share the other one.
    private static JsonObject Function(string program, int port)
    {
        var function = BenchSettings.Process(program, bootMilliseconds: 0, "Syn", $"tcp://*:{port}");
        function["Command"] = new JsonArray("taskset", "--cpu-list", WarmCores.Load, program);
        return function;
    }
}
