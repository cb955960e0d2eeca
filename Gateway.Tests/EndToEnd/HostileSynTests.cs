using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Processes;
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

    // Eight places make five for SYNs. Each forged one has its own until its trial is over, 3 s later.
    [Fact]
    public async Task ColdRequest_ForgedSynsHaveAllThatSynsMayHave_AClientThatWasHereBeforeKeepsItsSyn()
    {
        string[] forged = [.. Enumerable.Range(0, 5).Select(static number => $"forged{number}")];
        await using var edge = await StartAsync([], new JsonObject { ["Concurrent"] = 8 }, [.. forged, "other"]);
        (await edge.GetAsync()).ThrowIfFailed();
        await edge.SleepAsync();
        await edge.Network.Server.ConfigureAsync($"route add default via {edge.Network.Link.Client.Address}");
        using var attacker = new SpoofedSyns(edge.Network.Client);
        for (var number = 0; number <= forged.Length; number++)
        {
            attacker.Send(IPAddress.Parse($"198.18.{number}.70"), new IPEndPoint(edge.Network.Link.Server.Address, Port(number)));
        }

        await Eventually.True(async () => await SignalsAsync(edge, "Woke") + await SignalsAsync(edge, "OverBudget") >= forged.Length + 2);
        (await edge.GetAsync()).ThrowIfFailed();

        Assert.Equal((forged.Length + 1, 1), (await SignalsAsync(edge, "Woke") - 1, await SignalsAsync(edge, "OverBudget")));
        Assert.Equal(["Syn", "Syn"], (await edge.Gateway.ColdStartsAsync("hello")).Select(static start => start.Signal));
    }

    // The reader is busy, and more functions are called than the ring has room for. A SYN that found no room has not used its function's trigger up.
    [Fact]
    public async Task RingBuffer_Full_IsCounted_AndTheNextSynOfThoseItLostIsTold()
    {
        const int More = 5000;
        await using var edge = await StartAsync(
            new JsonObject { ["PerSource"] = null, ["PerNetwork"] = null, ["Total"] = null }, [.. Enumerable.Range(0, More).Select(static number => $"f{number}")]);
        using var caller = new SpoofedSyns(edge.Network.Client);
        await SignalAsync(edge, "STOP");
        try
        {
            foreach (var number in Enumerable.Range(0, More))
            {
                // Whoever has this address knows nothing of the SYN and resets the connection, so none of them stays half-open.
                caller.Send(edge.Network.Link.Client.Address, new IPEndPoint(edge.Network.Link.Server.Address, Port(number)));
            }
        }
        finally
        {
            await SignalAsync(edge, "CONT");
        }

        await Eventually.True(async () => await CountAsync(edge, "syn") + await CountAsync(edge, "ring_full") >= More);
        Assert.InRange(await CountAsync(edge, "ring_full"), 1, More - 1);
        var told = await CountAsync(edge, "syn");
        (await Curl.GetAsync(new CurlOptions { Namespace = edge.Network.Client, Url = $"http://{edge.Network.Link.Server.Address}:{Port(More - 1)}/" })).ThrowIfFailed();

        Assert.Equal(told + 1, await CountAsync(edge, "syn"));
        Assert.Equal("Served", (await edge.Gateway.ColdStartsAsync($"f{More - 1}"))[^1].Outcome);
    }

    private static int Port(int number) => 20_000 + number;

    /// <summary>One SYN, and the next one a quarter of an hour later.</summary>
    private static JsonObject Once() => new() { ["PerSecond"] = 0.001, ["Burst"] = 1 };

    private static async Task SignalAsync(Edge edge, string signal) =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = "kill", Arguments = [$"-{signal}", $"{edge.Gateway.ProcessId}"] })).ThrowIfFailed();

    private static async Task<double> SignalsAsync(Edge edge, string outcome) =>
        (await edge.Gateway.MetricsAsync()).Sum("gateway_signals_total", ("signal", "Syn"), ("outcome", outcome));

    private static async Task<double> CountAsync(Edge edge, string outcome) =>
        (await edge.Gateway.MetricsAsync()).Sum("gateway_ebpf_events_total", ("program", "sock_ops"), ("outcome", outcome));

    /// <summary>Starts a gateway with the function "hello", which is the client's, and others, which are the attacker's.</summary>
    private static Task<Edge> StartAsync(JsonObject limits, params string[] others) => StartAsync(limits, [], others);

    private static async Task<Edge> StartAsync(JsonObject limits, JsonObject budget, string[] others)
    {
        var functions = new JsonObject { ["hello"] = await Edge.HelloAsync("Syn", bootMilliseconds: 0) };
        foreach (var (number, other) in others.Index())
        {
            functions[other] = functions["hello"]!.DeepClone();
            functions[other]!["Listen"] = new JsonArray($"http://*:{Port(number)}");
        }

        return await Edge.StartAsync(s_roundTrip, _ => functions, new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Required", ["Xdp"] = "Off", ["Limits"] = limits }, ["Budget"] = budget });
    }
}
