using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Monitors, health checks of load balancers and other visitors that are no use of a function (<c>Idle:Ignore</c>), by the built gateway.</summary>
public sealed class MonitorTests(ITestOutputHelper output)
{
    private const string Monitor = "198.18.0.77", Client = "198.18.0.78";
    private const string Robot = "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)";
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(1);

    // More often than each second, so that the test is short. The function's own time is short in the same way.
    private static readonly TimeSpan s_each = TimeSpan.FromMilliseconds(100);

    // Without the kernel's word a monitor wakes by its ClientHello.
    [Theory]
    [InlineData(true, Edge.HttpPort)]
    [InLongRuns(false, Edge.HttpsPort)]
    [InLongRuns(true, Edge.HttpsPort)]
    [InLongRuns(false, Edge.HttpPort)]
    public async Task Monitors_HeadAndTcp_SeeIt200WhileTheFunctionRestsOnTime(bool kernel, int port)
    {
        await using var edge = await StartAsync(kernel, new JsonObject { ["Preset"] = "Monitors" });
        // The request is behind the SYN by a round trip, so the SYN is heard first.
        await WatchAsync(edge, port, signal: kernel ? "Syn" : port == Edge.HttpsPort ? "ClientHello" : "Request");
    }

    [LongFact] // The monitors know nothing of the runtime, and the row above has them; this one shows it of a container.
    public async Task Monitors_OfAContainer_SeeIt200WhileItRestsOnTime()
    {
        await using var box = await ContainerEdge.StartAsync(
            "mkdir -p /www && echo hello > /www/index.html && exec httpd -f -p $PORT -h /www",
            function => function["Idle"] = new JsonObject { ["After"] = s_after.ToString(), ["Ignore"] = new JsonArray(new JsonObject { ["Preset"] = "Monitors" }) });
        await WatchAsync(box.Edge, Edge.HttpPort, signal: null);
    }

    [Fact]
    public async Task Source_OfAnEntry_WakesNothingByItsSynAndIsAnswered()
    {
        var answer = new JsonObject { ["Status"] = 503, ["Body"] = "asleep\n", ["ContentType"] = "text/x-state" };
        await using var edge = await StartAsync(kernel: true, new JsonObject { ["Source"] = "198.18.0.76/31" }, answer);
        foreach (var port in (int[])[Edge.HttpPort, Edge.HttpsPort, Edge.SharedPort])
        {
            var head = await GetAsync(edge, Monitor, port, "--head", "--include");
            Assert.Equal((503, 0L), (head.HttpCode, head.Downloaded));
            Assert.Equal(503, (await GetAsync(edge, Monitor, port)).ThrowIfFailed().HttpCode);
        }

        // The content of the answer, as curl writes it.
        var shown = await edge.Network.Client.ExecuteAsync("curl", "--silent", "--include", "--interface", Monitor, $"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/any");
        Assert.Contains("asleep", shown.Output, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/x-state", shown.Output, StringComparison.Ordinal);
        Assert.Contains("Cache-Control: no-store", shown.Output, StringComparison.Ordinal);

        Assert.Empty(await edge.Gateway.ColdStartsAsync("hello"));
        Assert.Equal("Stopped", await StateAsync(edge));
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(7, metrics.Sum("gateway_signals_total", ("function", "hello"), ("signal", "Request"), ("outcome", "Ignored")));
        Assert.Equal(0, metrics.Sum("gateway_signals_total", ("function", "hello"), ("outcome", "Woke")));
        Assert.InRange(metrics.Sum("gateway_ebpf_events_total", ("program", "sock_ops"), ("outcome", "denied")), 4, 100);
        Assert.Equal(7, metrics.Sum("gateway_requests_total", ("function", "hello"), ("code", "503")));

        Assert.Equal(200, (await GetAsync(edge, Client, Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal("Syn", Assert.Single(await edge.Gateway.ColdStartsAsync("hello")).Signal);

        // Awake, it gets them itself, and they are no use of it.
        Assert.Equal(200, (await GetAsync(edge, Monitor, Edge.HttpPort)).ThrowIfFailed().HttpCode);
    }

    // Nothing in the configuration says that they come.
    [Fact]
    public async Task Connections_WithoutAByte_WakeOnce()
    {
        await using var edge = await StartAsync(kernel: true, ignored: null);
        var server = new IPEndPoint(edge.Network.Link.Server.Address, Edge.HttpPort);
        using (await edge.Network.Client.ConnectAsync(server))
        {
            await Eventually.True(async () => await StateAsync(edge) == "Running", "the SYN woke nothing");
        }

        await Eventually.True(async () => await StateAsync(edge) == "Stopped", "it does not come to rest");
        for (var i = 0; i < 5; i++)
        {
            using var silent = await edge.Network.Client.ConnectAsync(server);
        }

        // A request comes behind the SYNs, by which all that they could wake is told.
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        var starts = await edge.Gateway.ColdStartsAsync("hello");
        Assert.Equal(["Syn/Wasted", "Request/Served"], starts.Select(start => $"{start.Signal}/{start.Outcome}"));

        // It has asked for something, so its next SYN wakes again.
        await edge.SleepAsync();
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal("Syn/Served", (await edge.Gateway.ColdStartsAsync("hello"))[^1] is var last ? $"{last.Signal}/{last.Outcome}" : "");
    }

    // The request goes on for longer than the function's idle time, many times.
    [Fact]
    public async Task SlowMonitor_AwakeFunction_ComesToRestBetweenItsRequests()
    {
        await using var edge = await StartAsync(kernel: true, new JsonObject { ["Path"] = "/slow*" });
        Assert.Equal(200, (await GetAsync(edge, Client, Edge.HttpPort)).ThrowIfFailed().HttpCode);
        using var stop = new CancellationTokenSource();
        var monitor = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(200, (await edge.GetAsync("/slow?ms=600", Edge.HttpPort)).ThrowIfFailed().HttpCode);
            }
        });

        await Eventually.True(async () => await StateAsync(edge) == "Stopped", "the monitor keeps it awake");
        await stop.CancelAsync();
        await monitor;
    }

    private async Task WatchAsync(Edge edge, int port, string? signal)
    {
        var codes = new ConcurrentQueue<int>();
        using var stop = new CancellationTokenSource();
        var server = new IPEndPoint(edge.Network.Link.Server.Address, port);
        var head = Repeat(async () => codes.Enqueue((await GetAsync(edge, Monitor, port, "--head", "--user-agent", Robot)).ThrowIfFailed().HttpCode), stop.Token);
        var tcp = Repeat(async () =>
        {
            using var silent = await edge.Network.Client.ConnectAsync(server);
        }, stop.Token);

        // The first SYN, or the first ClientHello, of somebody who was never seen may wake it.
        await Eventually.True(async () => codes.Count >= 3 && await StateAsync(edge) == "Stopped", "they keep it awake");
        var woken = await edge.Gateway.ColdStartsAsync("hello");
        Assert.InRange(woken.Count, 0, 1);
        Assert.All(woken, start => Assert.Equal("Wasted", start.Outcome));

        // Behind the first visits nothing wakes it.
        var seen = codes.Count;
        await Eventually.True(() => codes.Count >= seen + 10, "the monitor's visits");
        Assert.Equal("Stopped", await StateAsync(edge));
        Assert.Equal(woken.Count, (await edge.Gateway.ColdStartsAsync("hello")).Count);

        // Somebody uses it, and it rests on time though they go on.
        Assert.Equal(200, (await GetAsync(edge, Client, port)).ThrowIfFailed().HttpCode);
        var used = TimeProvider.System.GetTimestamp();
        var start = (await edge.Gateway.ColdStartsAsync("hello"))[^1];
        Assert.Equal((signal ?? start.Signal, "Served"), (start.Signal, start.Outcome));
        await Eventually.True(async () => await StateAsync(edge) == "Stopped", "they keep it awake");
        var rested = TimeProvider.System.GetElapsedTime(used);
        output.WriteLine($"{codes.Count} visits, at rest {rested.TotalSeconds:0.00} s after the last use");
        Assert.InRange(rested, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8));

        await stop.CancelAsync();
        await Task.WhenAll(head, tcp);
        Assert.All(codes, code => Assert.Equal(200, code));
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.InRange(metrics.Sum("gateway_signals_total", ("function", "hello"), ("signal", "Request"), ("outcome", "Ignored")), 10, codes.Count);
        Assert.Equal(woken.Count + 1, (await edge.Gateway.ColdStartsAsync("hello")).Count);
    }

    private static async Task Repeat(Func<Task> visit, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            await visit();
            // The monitor's own interval.
            await Task.Delay(s_each, TimeProvider.System, CancellationToken.None);
        }
    }

    private static async Task<Edge> StartAsync(bool kernel, JsonObject? ignored, JsonObject? answer = null)
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 0, s_after);
        if (ignored is not null)
        {
            hello["Idle"]!["Ignore"] = new JsonArray(ignored);
        }

        if (answer is not null)
        {
            hello["Idle"]!["IgnoreAnswer"] = answer;
        }

        return await Edge.StartAsync(
            TimeSpan.FromMilliseconds(20), _ => new JsonObject { ["hello"] = hello }, new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = kernel ? "Required" : "Off" } });
    }

    private static Task<CurlResult> GetAsync(Edge edge, string source, int port, params string[] arguments) =>
        edge.GetAsync(port: port, arguments: ["--interface", source, .. arguments]);

    private static async Task<string> StateAsync(Edge edge) => Assert.Single(await edge.Gateway.FunctionsAsync()).State;
}
