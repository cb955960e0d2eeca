using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Tests.Stamp;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A SYN to a shared TLS address that names its function: the window is two round trips there too.</summary>
public sealed class EarlySignalTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData("Off")]
    [InlineData("Generic")]
    public async Task ColdRequest_StampedCurl_WakesAtTheSyn(string xdp)
    {
        await using var edge = await StartAsync(xdp, returning: false);
        string[] stamp = [StampedCommand.Program, "--to", $"{edge.Network.Link.Server.Address}:{Edge.SharedPort}=hello", "--"];

        await AssertWakesAtSynAsync(edge, () => GetAsync(edge, stamp), xdp == "Off" ? "sock_ops" : "xdp");
    }

    [Theory]
    [InlineData("Off")]
    [InlineData("Generic")]
    public async Task ColdRequest_SecondVisitOfAClient_WakesAtTheSyn(string xdp)
    {
        await using var edge = await StartAsync(xdp, returning: true);
        await GetAsync(edge);
        Assert.Equal("ClientHello", (await edge.Gateway.ColdStartsAsync("hello"))[^1].Signal);

        await AssertWakesAtSynAsync(edge, () => GetAsync(edge), xdp == "Off" ? "sock_ops" : "xdp");
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_returning_clients_total", ("outcome", "Unknown")));
        Assert.True(metrics.Sum("gateway_returning_clients_total", ("outcome", "Right")) >= 1);
        Assert.Equal(1, metrics.Sum("gateway_returning_clients_precision"));
    }

    // Data in the SYN is taken by the kernel and read by Kestrel, or it is read by XDP only and comes again after the handshake. The
    // first connection gets the client the cookie that makes it worth a look.
    [Theory]
    [InlineData("Off", 3, "ClientHello inside", 95_000)]
    [InlineData("Generic", 3, "xdp", 95_000)]
    [InlineData("Generic", 1, "xdp", 195_000)]
    public async Task ColdRequest_FastOpenCurl_WakesByServerNameAtTheSyn(string xdp, int server, string by, long window)
    {
        await using var edge = await StartAsync(xdp, returning: false, async network =>
        {
            await SetFastOpenAsync(network.Client, 1);
            await SetFastOpenAsync(network.Server, 3);
        });
        await GetAsync(edge, [], "--tcp-fastopen");
        Assert.Equal("ClientHello", Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Signal);
        await edge.SleepAsync();
        await SetFastOpenAsync(edge.Network.Server, server);

        var cold = await GetAsync(edge, [], "--tcp-fastopen");

        var start = (await edge.Gateway.ColdStartsAsync("hello"))[^1];
        output.WriteLine($"TTFB {cold.StartTransfer:0.0} ms; request {start.Phases["request"]} us, hidden {start.Hidden} us, penalty {start.Penalty} us");
        Assert.Equal(("Syn", "Served"), (start.Signal, start.Outcome));
        Assert.InRange(start.Phases["request"]!.Value, window, long.MaxValue);
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(by == "xdp" ? 1 : 0, metrics.Sum("gateway_ebpf_events_total", ("program", "xdp"), ("outcome", "syn")));
    }

    [Fact]
    public async Task Start_FastOpenOnWithoutTheSysctl_SaysSoOnce()
    {
        await using var edge = await StartAsync("Off", returning: false, network => SetFastOpenAsync(network.Server, 1), fastOpen: "On");
        await edge.Gateway.WaitForLogAsync(line => line.Contains("Gateway:FastOpen is 'On'", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Single(edge.Gateway.Log, line => line.Contains("Gateway:FastOpen is 'On', but net.ipv4.tcp_fastopen is 1: no listener takes data in a SYN. Set it to 3.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ColdRequest_ReturningClientsOff_WakesAtTheClientHello()
    {
        await using var edge = await StartAsync("Off", returning: false);
        await GetAsync(edge);
        await edge.SleepAsync();
        await GetAsync(edge);
        Assert.All(await edge.Gateway.ColdStartsAsync("hello"), start => Assert.Equal("ClientHello", start.Signal));
    }

    [Fact]
    public async Task ColdRequest_KernelReadsClientHellos_OneStartFromItsSignal()
    {
        await using var edge = await StartAsync("Generic", returning: false);
        Assert.Equal(1, (await ColdHelloAsync(edge)).Sum("gateway_ebpf_events_total", ("program", "xdp"), ("outcome", "client_hello")));
    }

    // So short a segment ends within the hello's session id.
    [Fact]
    public async Task ColdRequest_NameInTheSecondSegment_TheGatewayReadsIt()
    {
        await using var edge = await StartAsync(
            "Generic", returning: false, network => network.Client.ConfigureAsync($"link set {network.Link.Client.Device} mtu 120"));
        var metrics = await ColdHelloAsync(edge);
        Assert.Equal(0, metrics.Sum("gateway_ebpf_events_total", ("program", "xdp"), ("outcome", "client_hello")));
        Assert.Equal(1, metrics.Sum("gateway_ebpf_events_total", ("program", "xdp"), ("outcome", "no_name")));
    }

    // The gateway's own reader sees the same hello a moment after the kernel's.
    private async Task<MetricsSnapshot> ColdHelloAsync(Edge edge)
    {
        await GetAsync(edge);
        var start = Assert.Single(await edge.Gateway.ColdStartsAsync("hello"));
        output.WriteLine($"wake {start.Phases["wake"]} us, request {start.Phases["request"]} us, hidden {start.Hidden} us, penalty {start.Penalty} us");
        Assert.Equal(("ClientHello", "Served"), (start.Signal, start.Outcome));
        // One round trip between the hello and the request.
        Assert.InRange(start.Phases["request"]!.Value, 95_000, 195_000);
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_signals_total", ("function", "hello"), ("outcome", "Woke")));
        return metrics;
    }

    private async Task AssertWakesAtSynAsync(Edge edge, Func<Task<CurlResult>> get, string hook)
    {
        await edge.SleepAsync();
        var cold = await get();
        var start = (await edge.Gateway.ColdStartsAsync("hello"))[^1];
        output.WriteLine($"TTFB {cold.StartTransfer:0.0} ms; wake {start.Phases["wake"]} us, ready {start.Phases["ready"]} us, request {start.Phases["request"]} us, hidden {start.Hidden} us, penalty {start.Penalty} us");

        Assert.Equal(("Syn", "Served"), (start.Signal, start.Outcome));
        // Two round trips between the SYN and the request; the 150 ms of boot that they hide are more than the one after the ClientHello.
        Assert.InRange(start.Phases["request"]!.Value, 195_000, long.MaxValue);
        Assert.InRange(start.Hidden!.Value, 150_000, long.MaxValue);
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.True(metrics.Sum("gateway_ebpf_events_total", ("program", hook), ("outcome", "syn")) >= 1);
    }

    // The file is that of the namespace of whoever opens it.
    private static async Task SetFastOpenAsync(NetworkNamespace space, int value) => (await Command.ExecuteAsync(new LabProcessOptions
    {
        FileName = "sh",
        Arguments = ["-c", $"echo {value} > /proc/sys/net/ipv4/tcp_fastopen"],
        Namespace = space,
    })).ThrowIfFailed();

    private static async Task<CurlResult> GetAsync(Edge edge, string[]? wrapper = null, params string[] arguments)
    {
        var result = await Curl.GetAsync(new CurlOptions
        {
            Namespace = edge.Network.Client,
            Url = $"https://{Edge.Host}:{Edge.SharedPort}/",
            Resolve = edge.Network.Link.Server.Address,
            CaFile = edge.Certificates.CaPath,
            MinTls = TlsVersion.Tls13,
            Wrapper = wrapper ?? [],
            Arguments = arguments,
        });
        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
        return result;
    }

    private static async Task<Edge> StartAsync(string xdp, bool returning, Func<LabNetwork, Task>? prepare = null, string fastOpen = "Auto")
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 150);
        hello["SynId"] = "hello";
        var network = await LabNetwork.CreateAsync(s_roundTrip);
        if (prepare is not null)
        {
            await prepare(network);
        }

        var ebpf = new JsonObject
        {
            ["Mode"] = "Required",
            ["Xdp"] = xdp,
            ["ReturningClients"] = new JsonObject { ["Enabled"] = returning },
        };
        if (xdp != "Off")
        {
            ebpf["Interfaces"] = new JsonArray(network.Link.Server.Device);
        }

        return await Edge.StartAsync(network, new JsonObject { ["hello"] = hello }, new JsonObject { ["Ebpf"] = ebpf, ["FastOpen"] = fastOpen });
    }
}
