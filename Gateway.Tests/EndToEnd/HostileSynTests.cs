using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>SYNs under addresses that are not the sender's, against the built gateway: whom they cost the early signal, and whom not.</summary>
public sealed class HostileSynTests
{
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(20);

    // The queue of half-open connections is the one of the socket that all addresses share. When it is full the kernel answers with SYN cookies.
    [Fact]
    public async Task ColdRequest_WhileAnotherFunctionsAddressIsFlooded_WakesAtTheSyn()
    {
        await using var edge = await StartAsync([], "flooded");
        await edge.Network.Server.ConfigureAsync($"route add default via {edge.Network.Link.Client.Address}");
        using var attacker = new SpoofedSyns(edge.Network.Client);
        using var end = new CancellationTokenSource();
        var flood = attacker.FloodAsync(new IPEndPoint(edge.Network.Link.Server.Address, Port(0)), perSecond: 2000, end.Token);
        await Eventually.True(async () => await CountAsync(edge, "syn_cookie") > 0);

        (await edge.GetAsync()).ThrowIfFailed();

        await end.CancelAsync();
        await flood;
        var start = Assert.Single(await edge.Gateway.ColdStartsAsync("hello"));
        Assert.Equal(("Syn", "Served"), (start.Signal, start.Outcome));
        // Its first SYN woke it, and while it is awake there are no more events.
        Assert.Equal(1, (await edge.Gateway.MetricsAsync()).Sum("gateway_signals_total", ("function", "flooded")));
    }

    [Fact]
    public async Task ColdRequest_SourceHasSpentItsSyns_WakesWhenItIsEstablished()
    {
        await using var edge = await StartAsync(new JsonObject { ["PerSource"] = Once() }, "other");
        using var client = new SpoofedSyns(edge.Network.Client);
        client.Send(edge.Network.Link.Client.Address, new IPEndPoint(edge.Network.Link.Server.Address, Port(0)));

        (await edge.GetAsync()).ThrowIfFailed();

        Assert.Equal("Established", Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Signal);
        Assert.Equal(1, await CountAsync(edge, "over_source"));
    }

    [Fact]
    public async Task ColdRequest_AllTokensAreSpentByOthers_AClientThatWasHereBeforeKeepsItsSyn()
    {
        await using var edge = await StartAsync(new JsonObject { ["Total"] = Once() }, "other");
        using var attacker = new SpoofedSyns(edge.Network.Client);
        attacker.Send(IPAddress.Parse("198.18.0.70"), new IPEndPoint(edge.Network.Link.Server.Address, Port(0)));
        foreach (var signal in (string[])["Established", "Syn"])
        {
            (await edge.GetAsync()).ThrowIfFailed();
            Assert.Equal(signal, (await edge.Gateway.ColdStartsAsync("hello"))[^1].Signal);
            await edge.SleepAsync();
        }

        Assert.Equal((1, 1), (await CountAsync(edge, "over_total"), await CountAsync(edge, "proven")));
    }

    private static int Port(int number) => 8090 + number;

    /// <summary>One SYN, and the next one a quarter of an hour later.</summary>
    private static JsonObject Once() => new() { ["PerSecond"] = 0.001, ["Burst"] = 1 };

    private static async Task<double> CountAsync(Edge edge, string outcome) =>
        (await edge.Gateway.MetricsAsync()).Sum("gateway_ebpf_events_total", ("program", "sock_ops"), ("outcome", outcome));

    /// <summary>Starts a gateway with the function "hello", which is the client's, and others, which are the attacker's.</summary>
    private static async Task<Edge> StartAsync(JsonObject limits, params string[] others)
    {
        var functions = new JsonObject { ["hello"] = await Edge.HelloAsync("Syn", bootMilliseconds: 0) };
        foreach (var (number, other) in others.Index())
        {
            functions[other] = await Edge.HelloAsync("Syn", bootMilliseconds: 0);
            functions[other]!["Listen"] = new JsonArray($"http://*:{Port(number)}");
        }

        return await Edge.StartAsync(s_roundTrip, _ => functions, new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Required", ["Xdp"] = "Off", ["Limits"] = limits } });
    }
}
