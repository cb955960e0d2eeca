using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Waking from each tier on each real runtime, through the whole gateway.</summary>
[SideBySide]
public sealed class TierTests(ITestOutputHelper output)
{
    private const int Rounds = 6;

    // Machines are shared: the figures are for reading, the bound is for what is broken.
    private const double FarTooLong = 1500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("Process", "Paused")]
    [InLongRuns("Docker", "Paused")]
    [InlineData("Docker", "Initialized")]
    [InLongRuns("Podman", "Paused")]
    [InLongRuns("Podman", "Initialized")]
    [InLongRuns("Podman", "Stopped")]
    public async Task ColdRequest_FromTheTier_IsServedAndSaysWhereItWoke(string runtime, string tier)
    {
        await using var bed = await Bed.StartAsync(runtime, tier);
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        for (var round = 0; round < Rounds; round++)
        {
            await bed.Edge.SleepAsync();
            Assert.Equal(tier, Assert.Single(await bed.Edge.Gateway.FunctionsAsync()).State);
            Assert.Equal(200, (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        }

        var starts = (await bed.Edge.Gateway.ColdStartsAsync("hello")).Where(start => start.Tier == tier).TakeLast(Rounds).ToArray();
        Assert.Equal(Rounds, starts.Length);
        Assert.All(starts, start => Assert.Equal("Served", start.Outcome));
        Assert.Equal(tier == "Stopped" ? Rounds : 1, starts.Select(start => start.Instance).Distinct().Count());
        double[] ready = [.. starts.Select(start => (start.Phases["ready"]!.Value - start.Phases["wake"]!.Value) / 1000.0).Order()];
        output.WriteLine($"{runtime} {tier} to ready: p50 {ready[Rounds / 2]:0.0} ms, p90 {ready[Rounds * 9 / 10]:0.0} ms, least {ready[0]:0.0} ms");
        Assert.InRange(ready[Rounds / 2], 0, FarTooLong);
    }

    [Fact]
    public async Task Function_NotUsed_GoesToItsTierAndTellsWhy()
    {
        await using var bed = await Bed.StartAsync("Process", "Paused", idle: TimeSpan.FromMilliseconds(200));
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        await bed.Edge.Gateway.WaitForLogAsync(line => line.Contains("at rest, Paused", StringComparison.Ordinal), Patience);

        using var answer = JsonDocument.Parse(await bed.Edge.Gateway.Admin.GetStringAsync("/api/functions/hello"));
        Assert.Equal("Paused", answer.RootElement.GetProperty("state").GetString());
        Assert.Equal("Paused", answer.RootElement.GetProperty("rest").GetProperty("tier").GetString());
        Assert.NotEqual("", answer.RootElement.GetProperty("rest").GetProperty("reason").GetString());
        Assert.Equal(200, (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
    }

    [Fact]
    public async Task Connection_KeptOpen_HoldsTheFunctionNearUntilItCloses()
    {
        await using var bed = await Bed.StartAsync("Process", "Stopped", idle: TimeSpan.FromMilliseconds(200), keepAlive: "Paused");
        string first, second;
        using (var client = bed.Edge.Network.Client.CreateHttpClient(new Dictionary<string, IPAddress> { [Edge.Host] = bed.Edge.Network.Link.Server.Address }))
        {
            first = await InstanceAsync(client);
            await bed.Edge.Gateway.WaitForLogAsync(line => line.Contains("at rest, Paused", StringComparison.Ordinal), Patience);

            // On the same connection, with no SYN before it.
            second = await InstanceAsync(client);
        }

        Assert.Equal(first, second);
        Assert.Equal("Request", (await bed.Edge.Gateway.ColdStartsAsync("hello"))[^1].Signal);
        await bed.Edge.Gateway.WaitForLogAsync(line => line.Contains("at rest, Stopped", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Sleep_TierAsked_GoesThereAndRefusesWhatTheRuntimeHasNot()
    {
        await using var bed = await Bed.StartAsync("Process", "Stopped");
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        Assert.True((await bed.Edge.Gateway.Admin.PostAsync("/api/functions/hello/sleep?tier=paused", null)).IsSuccessStatusCode);
        Assert.Equal("Paused", Assert.Single(await bed.Edge.Gateway.FunctionsAsync()).State);
        Assert.True((await bed.Edge.Gateway.Admin.PostAsync("/api/functions/hello/sleep?tier=Initialized", null)).IsSuccessStatusCode);
        Assert.Equal("Initialized", Assert.Single(await bed.Edge.Gateway.FunctionsAsync()).State);

        // None of this one may wait.
        var settings = bed.Edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Idle"] = new JsonObject { ["Tier"] = "Auto", ["Ahead"] = 0 };
        bed.Edge.Gateway.UpdateSettings(settings);
        var refused = "";
        await Eventually.True(async () =>
        {
            using var answer = await bed.Edge.Gateway.Admin.PostAsync("/api/functions/hello/sleep?tier=Initialized", null);
            refused = await answer.Content.ReadAsStringAsync();
            return answer.StatusCode == HttpStatusCode.BadRequest;
        });
        Assert.Contains("Stopped, Paused", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Container_PausedWhenTheGatewayIsKilled_IsAdoptedPausedByTheNext(string runtime)
    {
        await using var bed = await Bed.StartAsync(runtime, "Paused");
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        await bed.Edge.SleepAsync();

        await bed.Edge.RestartAsync(kill: true);

        Assert.Equal("Paused", Assert.Single(await bed.Edge.Gateway.FunctionsAsync()).State);
        Assert.Equal(200, (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal("Paused", Assert.Single(await bed.Edge.Gateway.ColdStartsAsync("hello")).Tier);
    }

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Container_RemovedWhilePaused_TheNextRequestIsServedAllTheSame(string runtime)
    {
        await using var bed = await Bed.StartAsync(runtime, "Paused");
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        await bed.Edge.SleepAsync();

        await bed.CommandAsync("rm", "--force", "headstart-hello-1");

        Assert.Equal(200, (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
    }

    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Container_KilledWhilePaused_TheNextRequestIsServedAllTheSame(string runtime)
    {
        await using var bed = await Bed.StartAsync(runtime, "Paused");
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        for (var round = 0; round < Rounds; round++)
        {
            await bed.Edge.SleepAsync();
            var instance = Assert.Single(Assert.Single(await bed.Edge.Gateway.FunctionsAsync()).Instances).GetProperty("id").GetString()!;
            await bed.CommandAsync("kill", instance.Split('-')[0]);
            Assert.Equal(200, (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        }
    }

    /// <summary>The gate in it waits then, and nobody would tell it to let the program through.</summary>
    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Container_RestartedByHandAfterAStartThatNoEventTold_IsServedAllTheSame(string runtime)
    {
        await using var bed = await Bed.StartAsync(runtime, "Initialized");
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        await bed.Edge.SleepAsync();

        // The longer the engine is away, the rarer the gateway looks for its events; so it starts the container before it listens again.
        await bed.CutPowerAsync(TimeSpan.FromSeconds(3));
        (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        await bed.Edge.Gateway.WaitForLogAsync(line => line.Contains("is back; looking at every container again", StringComparison.Ordinal), Patience);
        var started = (await bed.Edge.Gateway.ColdStartsAsync("hello"))[^1].Instance!;
        await bed.CommandAsync("restart", "--time", "1", started.Split('-')[0]);
        await bed.Edge.Gateway.WaitForLogAsync(line => line.Contains($"{started} ended by itself", StringComparison.Ordinal), Patience);

        Assert.Equal(200, (await bed.Edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
    }

    private static async Task<string> InstanceAsync(HttpClient client)
    {
        using var answer = await client.GetAsync($"http://{Edge.Host}:{Edge.HttpPort}/");
        return Assert.Single(answer.EnsureSuccessStatusCode().Headers.GetValues("X-Instance"));
    }

    /// <summary>An edge whose function is the sample on one of the runtimes, with the engine that it needs.</summary>
    private sealed class Bed(Edge edge, DockerEngine? docker, PodmanEngine? podman) : IAsyncDisposable
    {
        public Edge Edge => edge;

        public static async Task<Bed> StartAsync(string runtime, string tier, TimeSpan? idle = null, string? keepAlive = null)
        {
            var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
            var files = new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() };
            var docker = runtime == "Docker" ? await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = lab.Server }) : null;
            var podman = runtime == "Podman" ? await PodmanEngine.StartAsync(new PodmanEngineOptions { Namespace = lab.Server }) : null;
            await (docker?.ImportImageAsync("hello:1", files, ["/hello"]) ?? podman?.ImportImageAsync("hello:1", files, ["/hello"]) ?? Task.CompletedTask);
            var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 0, idle);
            hello["Idle"]!["Tier"] = tier;
            hello["Idle"]!["KeepAliveTier"] = keepAlive;
            var gateway = new JsonObject();
            if (runtime != "Process")
            {
                hello.Remove("Command");
                (hello["Runtime"], hello["Image"], hello["Network"], hello["Port"]) = (runtime, "hello:1", "host", 8080);
                gateway[runtime] = new JsonObject { ["Endpoint"] = (docker?.Endpoint ?? podman!.Endpoint).ToString() };
            }

            return new Bed(await Edge.StartAsync(lab, new JsonObject { ["hello"] = hello }, gateway), docker, podman);
        }

        /// <summary>Runs the engine's own command line tool.</summary>
        public Task<string> CommandAsync(params string[] arguments) => docker?.DockerAsync(arguments) ?? podman!.PodmanAsync(arguments);

        /// <summary>Kills the engine with its containers, and starts it again.</summary>
        public async Task CutPowerAsync(TimeSpan duration)
        {
            await (docker?.KillAsync() ?? podman!.KillAsync());
            // The time itself is what is tested: the gateway's pauses between its attempts to connect grow with it.
            await Task.Delay(duration, TimeProvider.System);
            await (docker?.RestartAsync() ?? podman!.RestartAsync());
        }

        public async ValueTask DisposeAsync()
        {
            await edge.DisposeAsync();
            await (docker?.DisposeAsync() ?? podman?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
