using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The kernel forwards the connections of clients outside to containers that have a network of their own, and the gateway has nothing to do with their bytes.</summary>
[SideBySide]
public sealed class DirectBridgeTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    private const string Docker = "Docker", Podman = "Podman";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(Docker)]
    [InlineData(Podman)]
    public async Task Connection_FromOutside_IsTheContainersOwn_AndThoseOfTheGatewayStayWithIt(string runtime)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var clients = await StartPeerAsync(runtime);
        using var cold = await clients.ConnectAsync(Listen, limit.Token);
        Assert.False(await PeerProgram.IsDirectAsync(cold, limit.Token));
        await HandedOverAsync();

        using var warm = await clients.ConnectAsync(Listen, limit.Token);
        Assert.True(await PeerProgram.IsDirectAsync(warm, limit.Token));
        using var local = await Engines.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Listen), limit.Token);
        Assert.False(await PeerProgram.IsDirectAsync(local, limit.Token));
        using var machine = await Engines.Space.ConnectAsync(new IPEndPoint(OutsideClients.Machine, Listen), limit.Token);
        Assert.False(await PeerProgram.IsDirectAsync(machine, limit.Token));

        // The kernel knows nothing of a connection any more, which the gateway holds: its next packet is not a first one all the same.
        (await Engines.Space.ExecuteAsync("conntrack", "-D", "-p", "tcp", "--orig-port-src", $"{((IPEndPoint)cold.LocalEndPoint!).Port}")).ThrowIfFailed();
        foreach (var socket in (Socket[])[cold, warm, local, machine])
        {
            Assert.True(await PeerProgram.EchoesAsync(socket, "after the turn", limit.Token));
        }

        await Eventually.True(async () => (await FunctionAsync()).InFlight == 4);
        Assert.Equal(3, (await Gateway.MetricsAsync()).Sum("gateway_tcp_connections_total", ("function", "peer")));
    }

    [Theory]
    [InlineData(Docker)]
    [InLongRuns(Podman)]
    public async Task Function_WithADirectConnection_DoesNotRest_AndRestsAfterIt(string runtime)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var clients = await StartPeerAsync(runtime, idleAfter: "00:00:01");
        await clients.WakeAsync(Listen, limit.Token);
        await HandedOverAsync();
        using (var warm = await clients.ConnectAsync(Listen, limit.Token))
        {
            Assert.True(await PeerProgram.IsDirectAsync(warm, limit.Token));
            // Longer than it may be idle for: nothing tells that it was left alone.
            await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, limit.Token);
            Assert.Equal("Running", (await FunctionAsync()).State);
            Assert.True(await PeerProgram.EchoesAsync(warm, "still", limit.Token));
        }

        await BecomesAsync("Stopped");
        using var again = await clients.ConnectAsync(Listen, limit.Token);
        Assert.False(await PeerProgram.IsDirectAsync(again, limit.Token));
    }

    [Fact]
    public async Task Killed_UnderADirectConnection_ItLivesOn_AndTheNextGatewayCountsIt_AndLeavesNothingBehind()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var clients = await StartPeerAsync(Docker, idleAfter: "00:00:01");
        await clients.WakeAsync(Listen, limit.Token);
        await HandedOverAsync();
        using var socket = await clients.ConnectAsync(Listen, limit.Token);
        Assert.True(await PeerProgram.IsDirectAsync(socket, limit.Token));
        await EndAsync(kill: true);
        Assert.True(await PeerProgram.EchoesAsync(socket, "without a gateway", limit.Token));
        Assert.Contains(Name, await RulesAsync(), StringComparison.Ordinal);

        await StartAsync(("peer", OutsideClients.Function(Docker, Listen, "00:00:01")));
        await HandedOverAsync();
        await Eventually.True(async () => await FunctionAsync() is { State: "Running", InFlight: 1 });
        // Longer than it may be idle for: nothing tells that it was left alone.
        await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, limit.Token);
        Assert.Equal("Running", (await FunctionAsync()).State);
        Assert.True(await PeerProgram.EchoesAsync(socket, "with the next one", limit.Token));
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
        await BecomesAsync("Stopped");
        await Eventually.True(async () => !(await UserRulesAsync()).Contains(Name, StringComparison.Ordinal));

        await EndAsync();
        Assert.DoesNotContain(Name, await RulesAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TakenOver_UnderADirectConnection_ItLivesOn_AndTheNextGatewayHandsOver()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var clients = await StartPeerAsync(Docker);
        await clients.WakeAsync(Listen, limit.Token);
        await HandedOverAsync();
        using var socket = await clients.ConnectAsync(Listen, limit.Token);
        Assert.True(await PeerProgram.IsDirectAsync(socket, limit.Token));

        // The one before ends last, and has nothing to say of the table any more.
        await TakeOverAsync(("peer", OutsideClients.Function(Docker, Listen)));
        await HandedOverAsync();
        Assert.True(await PeerProgram.EchoesAsync(socket, "with the next one", limit.Token));
        using var next = await clients.ConnectAsync(Listen, limit.Token);
        Assert.True(await PeerProgram.IsDirectAsync(next, limit.Token));
        await Eventually.True(async () => await FunctionAsync() is { State: "Running", InFlight: 2 });
    }

    [Fact]
    public async Task Container_ThatIsKilled_ResetsItsClients_AndTheNextOneWakesIt()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var clients = await StartPeerAsync(Docker);
        await clients.WakeAsync(Listen, limit.Token);
        await HandedOverAsync();
        using var open = await clients.ConnectAsync(Listen, limit.Token);
        Assert.True(await PeerProgram.IsDirectAsync(open, limit.Token));

        await Engines.RunAsync(Docker, "kill", await ContainerAsync(Docker, "running"));
        await Eventually.True(async () => !(await UserRulesAsync()).Contains(Name, StringComparison.Ordinal));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                // The first one is answered with a reset, if the program's end was not one itself.
                await open.SendAsync("x"u8.ToArray(), limit.Token);
            }
        });
        using var next = await clients.ConnectAsync(Listen, limit.Token);
        Assert.False(await PeerProgram.IsDirectAsync(next, limit.Token));
    }

    [Fact]
    public async Task Firewall_ThatWouldNotBeAsked_KeepsItWithTheGateway_UnlessRequired()
    {
        using var limit = new CancellationTokenSource(Patience);
        (await Engines.Space.ExecuteAsync("nft", "add table ip wall; add chain ip wall in { type filter hook input priority 0; }; add rule ip wall in tcp dport 1 drop")).ThrowIfFailed();
        try
        {
            using var clients = await StartPeerAsync(Docker);
            await clients.WakeAsync(Listen, limit.Token);
            await Gateway.WaitForLogAsync(static line => line.Contains("peer: its connections go through the gateway: the firewall (table ip wall, chain in) judges who may connect", StringComparison.Ordinal), Patience);
            using var warm = await clients.ConnectAsync(Listen, limit.Token);
            Assert.False(await PeerProgram.IsDirectAsync(warm, limit.Token));

            var function = OutsideClients.Function(Docker, Listen);
            function["Direct"] = "Required";
            await ReloadAsync(("peer", function));
            await HandedOverAsync();
            using var required = await clients.ConnectAsync(Listen, limit.Token);
            Assert.True(await PeerProgram.IsDirectAsync(required, limit.Token));
        }
        finally
        {
            await Engines.Space.ExecuteAsync("nft", "delete table ip wall");
        }
    }

    private async Task<OutsideClients> StartPeerAsync(string runtime, string idleAfter = "00:05:00")
    {
        var clients = await OutsideClients.CreateAsync(Engines);
        await clients.ImportAsync(runtime);
        await StartAsync(("peer", OutsideClients.Function(runtime, Listen, idleAfter)));
        return clients;
    }

    private Task<string> HandedOverAsync() => Gateway.WaitForLogAsync(static line => line.Contains("peer: from here on the kernel hands it the connections", StringComparison.Ordinal), Patience);

    private async Task<string> RulesAsync() => (await Engines.Space.ExecuteAsync("nft", "list", "ruleset")).ThrowIfFailed().Output + await UserRulesAsync();

    private async Task<string> UserRulesAsync() => (await Engines.Space.ExecuteAsync("iptables", "-w", "-S", "DOCKER-USER")).ThrowIfFailed().Output;
}
