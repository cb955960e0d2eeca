using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The kernel hands the connections of running functions to their own sockets, and the gateway has nothing to do with their bytes.</summary>
[SideBySide]
public sealed class DirectTests : IAsyncLifetime
{
    private const int Plain = 7101, Short = 7102, Header = 7103, Web = 7104;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private readonly CancellationTokenSource _limit = new(Patience);
    private readonly JsonObject _settings = JsonNode.Parse("""{ "Logging": { "LogLevel": { "Gateway": "Debug" } }, "Gateway": { "Functions": {} } }""")!.AsObject();
    private GatewayProcess _gateway = null!;

    private JsonObject Functions => _settings["Gateway"]!["Functions"]!.AsObject();

    public async ValueTask InitializeAsync()
    {
        Functions["plain"] = PeerProgram.Function(Plain);
        Functions["short"] = PeerProgram.Function(Short, idleAfter: "00:00:01");
        Functions["header"] = PeerProgram.Function(Header);
        Functions["header"]!["SendProxyProtocol"] = true;
        Functions["web"] = PeerProgram.Function(Web);
        Functions["web"]!["Listen"] = new JsonArray($"http://*:{Web}");
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = _settings });
    }

    [Fact]
    public async Task Connection_ToARunningFunction_IsItsOwn_AndCounts()
    {
        using var cold = await ConnectAsync(Plain);
        Assert.False(await IsDirectAsync(cold));
        await HandedOverAsync("plain");

        using var warm = await ConnectAsync(Plain);
        Assert.True(await IsDirectAsync(warm));
        Assert.True(await PeerProgram.EchoesAsync(warm, "warm", _limit.Token));
        Assert.True(await PeerProgram.EchoesAsync(cold, "cold", _limit.Token));

        var metrics = await _gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_ebpf_events_total", ("program", "sk_lookup"), ("outcome", "direct")));
        Assert.Equal(1, metrics.Sum("gateway_tcp_connections_total", ("function", "plain")));
        await Eventually.True(async () => (await _gateway.MetricsAsync()).Sum("gateway_in_flight", ("function", "plain")).Equals(2));
        var shown = await ShownAsync("plain");
        Assert.Equal((true, 2, 2), ((bool)shown["direct"]!["active"]!, (int)shown["inFlight"]!, (int)shown["openConnections"]!));

        warm.Shutdown(SocketShutdown.Both);
        await Eventually.True(async () => (int)(await ShownAsync("plain"))["inFlight"]! == 1);
    }

    [Fact]
    public async Task Function_WithADirectConnection_DoesNotRest_AndRestsAfterIt()
    {
        await WakeAsync(Short);
        await HandedOverAsync("short");
        using (var warm = await ConnectAsync(Short))
        {
            Assert.True(await IsDirectAsync(warm));
            // Longer than it may be idle for: nothing tells that it was left alone.
            await Task.Delay(TimeSpan.FromSeconds(2.5), _limit.Token);
            Assert.Equal("Running", (string?)(await ShownAsync("short"))["state"]);
            Assert.True(await PeerProgram.EchoesAsync(warm, "still", _limit.Token));
        }

        await Eventually.True(async () => (string?)(await ShownAsync("short"))["state"] == "Stopped");
        using var again = await ConnectAsync(Short);
        Assert.False(await IsDirectAsync(again));
    }

    [Fact]
    public async Task Sleep_TurnsBackFirst_AndWaitsForTheLastDirectConnection()
    {
        await WakeAsync(Plain);
        await HandedOverAsync("plain");
        using var open = await ConnectAsync(Plain);
        Assert.True(await IsDirectAsync(open));

        var rest = _gateway.Admin.PostAsync("/api/functions/plain/sleep", content: null, _limit.Token);
        await Eventually.True(async () => (string?)(await ShownAsync("plain"))["state"] == "Draining");
        using var held = await ConnectAsync(Plain);
        Assert.True(await PeerProgram.EchoesAsync(open, "open", _limit.Token));
        Assert.False(rest.IsCompleted);
        open.Dispose();
        (await rest).EnsureSuccessStatusCode();

        // It has waited for the end of the old program, and woken the new one.
        Assert.False(await IsDirectAsync(held));
    }

    [Fact]
    public async Task Reload_LeavesWhatIsAsItWas_AndAnAddressThatMovesTurnsBack()
    {
        await WakeAsync(Plain);
        await HandedOverAsync("plain");

        Functions["more"] = PeerProgram.Function(7199);
        await ReloadAsync(1);
        using var before = await ConnectAsync(Plain);
        Assert.True(await IsDirectAsync(before));

        Functions.Remove("plain");
        Functions["next"] = PeerProgram.Function(Plain);
        await ReloadAsync(2);
        using var cold = await ConnectAsync(Plain);
        Assert.False(await IsDirectAsync(cold));
        await HandedOverAsync("next");
        using var warm = await ConnectAsync(Plain);
        Assert.True(await IsDirectAsync(warm));
        Assert.True(await PeerProgram.EchoesAsync(before, "before", _limit.Token));
        Assert.Equal(2, (int)(await ShownAsync("next"))["inFlight"]!);
    }

    [Fact]
    public async Task Function_ThatNeedsTheGateway_SaysWhy()
    {
        await WakeAsync(Header);
        await _gateway.WaitForLogAsync(line => line.Contains("header: its connections go through the gateway: the gateway writes the header for SendProxyProtocol.", StringComparison.Ordinal), Patience);
        Assert.Equal("the gateway writes the header for SendProxyProtocol", (string?)(await ShownAsync("header"))["direct"]!["whyNot"]);
        Assert.Null((await ShownAsync("web"))["direct"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        _space.Dispose();
        _limit.Dispose();
    }

    private async Task ReloadAsync(int count)
    {
        _gateway.UpdateSettings(_settings);
        await Eventually.True(() => _gateway.Log.Count(line => line.Contains("Every part follows the new configuration", StringComparison.Ordinal)) >= count);
    }

    private Task<string> HandedOverAsync(string name) => _gateway.WaitForLogAsync(line => line.Contains($"{name}: from here on the kernel hands it the connections", StringComparison.Ordinal), Patience);

    private async Task<JsonNode> ShownAsync(string name) => JsonNode.Parse(await _gateway.Admin.GetStringAsync($"/api/functions/{name}", _limit.Token))!;

    private Task<bool> IsDirectAsync(Socket socket) => PeerProgram.IsDirectAsync(socket, _limit.Token);

    // One that connects and leaves without a word may be no use of the function, and does not have to wake it.
    private async Task WakeAsync(int port)
    {
        using var socket = await ConnectAsync(port);
        Assert.False(await IsDirectAsync(socket));
    }

    private Task<Socket> ConnectAsync(int port) => _space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), _limit.Token);
}
