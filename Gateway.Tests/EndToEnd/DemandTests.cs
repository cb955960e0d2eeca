using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Many at once, and at the wrong moment: one start, and no request lost.</summary>
public sealed class DemandTests(ITestOutputHelper output)
{
    [Fact]
    public async Task FirstRequests_FiveHundredAtOnce_OneStartAndAllAnswered()
    {
        await using var edge = await StartAsync(bootMilliseconds: 150, TimeSpan.FromMinutes(5));
        using var client = Client(edge);

        var instances = new ConcurrentDictionary<string, int>();
        await Task.WhenAll(Enumerable.Range(0, 500).Select(async _ => instances.AddOrUpdate(await AskAsync(client), 1, (_, count) => count + 1)));

        Assert.Equal(500, Assert.Single(instances).Value);
        Assert.Single(await edge.Gateway.ColdStartsAsync("hello"));
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_cold_starts_total", ("function", "hello"), ("outcome", "Served")));
        Assert.Equal(1, metrics.Sum("gateway_signals_total", ("function", "hello"), ("outcome", "Woke")));
        Assert.Equal(0, metrics.Sum("gateway_held_requests", ("function", "hello")));
    }

    // Idle:After is so short that the function goes to rest between any two requests of a client, and often under
    // the next one's feet.
    [Fact]
    public async Task Requests_RacingWithIdleStop_AreAllAnswered()
    {
        const int Clients = 8;
        const int Rounds = 1000;
        await using var edge = await StartAsync(bootMilliseconds: 0, TimeSpan.FromMilliseconds(2));
        using var client = Client(edge);
        var instances = new ConcurrentDictionary<string, int>();
        var asked = 0;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async seed =>
        {
            var random = new Random(seed);
            while (Interlocked.Increment(ref asked) <= Rounds)
            {
                instances.AddOrUpdate(await AskAsync(client), 1, (_, count) => count + 1);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(12)), TimeProvider.System);
            }
        }));

        output.WriteLine($"{asked} requests, {instances.Count} instances");
        Assert.InRange(instances.Count, 20, Rounds);
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(0, metrics.Sum("gateway_held_requests", ("function", "hello")));
        Assert.Equal(0, metrics.Sum("gateway_cold_starts_total", ("function", "hello"), ("outcome", "Failed")));
    }

    // The same on the round: a stop is begun, and a request comes at once.
    [Fact]
    public async Task Rounds_OfStopMetByRequest_EndInARunningFunction()
    {
        await using var edge = await StartAsync(bootMilliseconds: 0, TimeSpan.FromMinutes(5));
        using var client = Client(edge);
        for (var round = 0; round < 250; round++)
        {
            var stop = edge.SleepAsync();
            var answers = Enumerable.Range(0, 4).Select(_ => AskAsync(client)).ToArray();
            await stop;
            await Task.WhenAll(answers);
        }

        // The last stop may have begun when all were answered.
        await AskAsync(client);
        Assert.Equal("Running", Assert.Single(await edge.Gateway.FunctionsAsync()).State);
    }

    // The program takes a second to end; the handshake is over long before, so only a SYN that is heard meanwhile can begin the wake.
    [Fact]
    public async Task Syn_WhileItStops_IsHeardAndTheStartFollows()
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 0);
        hello["Command"] = new JsonArray("/bin/sh", "-c", $"trap 'sleep 1; exit 0' TERM; {await HelloSample.BuildAsync()} & wait");
        await using var edge = await Edge.StartAsync(TimeSpan.FromMilliseconds(50), _ => new JsonObject { ["hello"] = hello });
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var stop = edge.SleepAsync();
        await Eventually.True(async () => Assert.Single(await edge.Gateway.FunctionsAsync()).State == "Draining", "the stop");

        var answer = (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        await stop;
        Assert.Equal(200, answer.HttpCode);
        var start = (await edge.Gateway.ColdStartsAsync("hello"))[^1];
        Assert.Equal(("Syn", "Served"), (start.Signal, start.Outcome));
    }

    // A start hears its own program and no other, however often others listen meanwhile.
    [Fact]
    public async Task Start_WhileAnotherProgramListensInALoop_HearsItsOwnAlone()
    {
        await using var edge = await StartAsync(bootMilliseconds: 1500, TimeSpan.FromMinutes(5));
        var answer = edge.GetAsync(port: Edge.HttpPort);
        await Eventually.True(async () => Assert.Single(await edge.Gateway.FunctionsAsync()).State == "Starting", "the start");

        var loops = 0;
        for (; !answer.IsCompleted; loops++)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
        }

        Assert.Equal(200, (await answer).ThrowIfFailed().HttpCode);
        output.WriteLine($"{loops} times");
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.InRange(metrics.Sum("gateway_ebpf_events_total", ("program", "sock_ops"), ("outcome", "listen")), 1, loops / 10);
        Assert.True(Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Phases.ContainsKey("listening"));
    }

    private static async Task<Edge> StartAsync(int bootMilliseconds, TimeSpan idle)
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds, idle);
        var budget = new JsonObject { ["PerMinute"] = 100000, ["PerFunctionPerMinute"] = 100000 };
        return await Edge.StartAsync(TimeSpan.Zero, _ => new JsonObject { ["hello"] = hello }, new JsonObject { ["Budget"] = budget });
    }

    private static HttpClient Client(Edge edge)
    {
        var client = edge.Network.Client.CreateHttpClient();
        client.BaseAddress = new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}");
        client.Timeout = TimeSpan.FromSeconds(60);
        return client;
    }

    private static async Task<string> AskAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/");
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return response.Headers.GetValues("X-Instance").Single();
    }
}
