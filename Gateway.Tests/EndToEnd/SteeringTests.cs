using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions by the ten thousand on two sockets, as their clients see them.</summary>
[SideBySide]
public sealed class SteeringTests
{
    private const int FirstPort = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task TenThousandFunctions_EachOnItsOwnPort_WakeBySynOverFewSockets()
    {
        const int Count = 10_000;
        using var space = NetworkNamespace.Create();
        var functions = new JsonObject();
        foreach (var port in Enumerable.Range(FirstPort, Count))
        {
            functions[$"f{port}"] = await FunctionAsync($"http://*:{port}");
        }

        await using var gateway = await StartAsync(space, functions);

        List<string> signals = [];
        foreach (var port in (int[])[FirstPort, 12_345, FirstPort + Count - 1])
        {
            var result = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{port}/" });
            Assert.Equal(200, result.ThrowIfFailed().HttpCode);
            var start = Assert.Single(await gateway.ColdStartsAsync($"f{port}"));
            signals.Add(start.Signal);
            Assert.InRange(start.Rtt ?? 0, 1, 1_000_000);
        }

        // Over loopback a request may overtake its SYN's event; not every one does.
        Assert.Contains("Syn", signals);
        Assert.NotEqual(0, (await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{FirstPort + Count}/" })).ExitCode);
        Assert.InRange(await ListeningAsync(space), 2, 4); // admin, plain, and no TLS without a certificate
    }

    [Theory]
    [InlineData("http://*:8100-8110", "127.0.0.1:8110")]
    [InLongRuns("http://127.0.0.9:8100", "127.0.0.9:8100")]
    [InLongRuns("http://[::1]:8100", "[::1]:8100")]
    [InlineData("http://localhost:8100", "[::1]:8100")]
    [InLongRuns("http://203.0.113.7:8100", "203.0.113.7:8100")] // an address that the machine does not have
    [InlineData("http://[2001:db8::7]:8100", "[2001:db8::7]:8100")]
    public async Task Listen_AnyKindOfAddress_IsServed(string listen, string dialled)
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("route add local 203.0.113.0/24 dev lo", "route add local 2001:db8::/64 dev lo");
        await using var gateway = await StartAsync(space, new JsonObject { ["hello"] = await FunctionAsync(listen) });

        var result = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://{dialled}/" });

        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
        var http2 = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://{dialled}/", HttpVersion = CurlHttpVersion.Http2PriorKnowledge });
        Assert.Equal((200, "2"), (http2.ThrowIfFailed().HttpCode, http2.HttpVersion));
        Assert.Single(await gateway.ColdStartsAsync("hello"));
        var metrics = await gateway.MetricsAsync();
        Assert.True(metrics.Sum("gateway_ebpf_events_total", ("program", "sk_lookup"), ("outcome", "steered")) >= 1);

        // Over loopback a request may overtake its SYN's event; not every one does.
        for (var round = 0; round < 4; round++)
        {
            using var asleep = await gateway.Admin.PostAsync("/api/functions/hello/sleep", content: null);
            (await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://{dialled}/" })).ThrowIfFailed();
        }

        Assert.Contains(await gateway.ColdStartsAsync("hello"), start => start.Signal == "Syn");
    }

    [Fact]
    public async Task Reload_AddsAndRemovesAnAddress_OpenConnectionsStay()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject { ["old"] = await FunctionAsync("http://*:8100"), ["kept"] = await FunctionAsync("http://*:8101") });
        using var old = await space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8100));
        using var kept = await space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8101));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(old), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(kept), StringComparison.Ordinal);

        // The address of one function moves, another function comes.
        gateway.UpdateSettings(Settings(new JsonObject
        {
            ["old"] = await FunctionAsync("http://*:8102"),
            ["kept"] = await FunctionAsync("http://*:8101"),
            ["new"] = await FunctionAsync("http://*:8103"),
        }));
        await gateway.WaitForLogAsync(line => line.Contains("new configuration is in use", StringComparison.Ordinal), Patience);
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using (await Retry.UntilConnectedAsync(token => space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8103), token), limit.Token))
        {
        }

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(old), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(kept), StringComparison.Ordinal);
        foreach (var port in (int[])[8102, 8103])
        {
            Assert.Equal(200, (await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{port}/" })).ThrowIfFailed().HttpCode);
        }

        await Assert.ThrowsAsync<SocketException>(() => space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8100)));
    }

    [Fact]
    public async Task Reload_AddressThatAnotherProgramHas_IsToldAndTheOtherKeepsItsConnections()
    {
        using var space = NetworkNamespace.Create();
        using var taken = space.Listen(new IPEndPoint(IPAddress.Loopback, 8105));
        await using var gateway = await StartAsync(space, new JsonObject { ["hello"] = await FunctionAsync("http://*:8100") });

        gateway.UpdateSettings(Settings(new JsonObject { ["hello"] = await FunctionAsync("http://*:8100", "http://*:8105") }));
        await gateway.WaitForLogAsync(line => line.Contains("Gateway:Functions:hello:Listen: another program already listens on http://*:8105", StringComparison.Ordinal), Patience);

        using var client = await space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8105));
        using var accepted = await taken.AcceptAsync();

        // Once it is free the next reload takes it, though that function has not changed.
        taken.Dispose();
        gateway.UpdateSettings(Settings(new JsonObject { ["hello"] = await FunctionAsync("http://*:8100", "http://*:8105"), ["more"] = await FunctionAsync("http://*:8106") }));
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var hello = await Retry.UntilConnectedAsync(token => space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8105), token), limit.Token);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(hello), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SteeringSocket_DialledDirectly_ServesNothing()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject { ["hello"] = await FunctionAsync("http://*:8100") });
        var sockets = (await space.ExecuteAsync("ss", "-Hltn")).ThrowIfFailed().Output;
        var port = int.Parse(Regex.Match(sockets, @"127\.72\.83\.1\]?:(?<port>\d+)", RegexOptions.ExplicitCapture, Patience).Groups["port"].Value, CultureInfo.InvariantCulture);

        var result = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.72.83.1:{port}/" });

        Assert.NotEqual(0, result.ExitCode);
        Assert.Empty(await gateway.ColdStartsAsync());
        // The warm-up did dial it: it goes the way of clients.
        Assert.DoesNotContain(gateway.Log, line => line.Contains("The warm-up failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EbpfOff_MoreAddressesThanFiles_SaysHowManyFit_ExitCode2()
    {
        using var space = NetworkNamespace.Create();
        var settings = Settings(new JsonObject { ["hello"] = await FunctionAsync("http://*:1024-65535", "http://127.0.0.1:80") });
        settings["Gateway"]!["Admin"] = new JsonObject { ["Url"] = "http://127.0.0.1:90" };
        settings["Gateway"]!["Ebpf"] = new JsonObject { ["Mode"] = "Off" };
        await using var gateway = GatewayProcess.Launch(new() { Namespace = space, Settings = settings });

        Assert.Equal(2, await gateway.Exited.WaitAsync(Patience, TimeProvider.System));
        Assert.Contains(gateway.Log, line => line.StartsWith("Gateway:Functions: 64513 Listen addresses", StringComparison.Ordinal) && line.Contains(" fit;", StringComparison.Ordinal));
    }

    private static async Task<JsonObject> FunctionAsync(params string[] listen) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray(await s_hello.Value),
        ["Listen"] = new JsonArray([.. listen]),
    };

    private static readonly Lazy<Task<string>> s_hello = new(HelloSample.BuildAsync);

    private static JsonObject Settings(JsonObject functions) => new() { ["Gateway"] = new JsonObject { ["Functions"] = functions } };

    private static Task<GatewayProcess> StartAsync(NetworkNamespace space, JsonObject functions) =>
        GatewayProcess.StartAsync(new() { Namespace = space, Settings = Settings(functions) });

    private static async Task<string> AskAsync(Socket connection)
    {
        await connection.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: hello\r\n\r\n"));
        var answer = new byte[4096];
        return Encoding.ASCII.GetString(answer, 0, await connection.ReceiveAsync(answer));
    }

    /// <summary>Listening TCP sockets of the namespace that are not a function's own.</summary>
    private static async Task<int> ListeningAsync(NetworkNamespace space)
    {
        var sockets = (await space.ExecuteAsync("ss", "-Hltnp")).ThrowIfFailed().Output;
        return sockets.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => !line.Contains("\"hello\"", StringComparison.Ordinal));
    }
}
