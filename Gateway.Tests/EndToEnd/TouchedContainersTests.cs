using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Tests.Runtimes.Docker;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>People use the engine too: what they do with a function's container is noticed by its event, and requests are served all the same.</summary>
[SideBySide]
public sealed class TouchedContainersTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    // Told, not looked for; an engine that is busy takes its time to tell.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Started_IsCountedServedAndPutToRestByTheUsualRules(string runtime)
    {
        await StartAsync(("hello", Container(runtime, idleAfter: "00:00:02")));
        var container = await ContainerAsync(runtime);

        await Engines.RunAsync(runtime, "start", container);
        await WithinAsync(BecomesAsync("Running"));

        await GetAsync();
        Assert.Empty(await Gateway.ColdStartsAsync("hello"));
        await BecomesAsync("Stopped");
        Assert.Equal(container, await ContainerAsync(runtime, "exited"));
        await GetAsync();
    }

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Started_WhatItDependsOnIsStartedToo_AndARequestWaitsForIt(string runtime)
    {
        var database = await ProcessAsync(Listen + 1);
        database.Remove("Listen");
        database["Idle"] = new JsonObject { ["After"] = "00:00:01" };
        database["Environment"] = new JsonObject { ["BOOT_MS"] = "1500" };
        var hello = Container(runtime, idleAfter: "00:00:03");
        hello["DependsOn"] = new JsonArray("database");
        await StartAsync(("hello", hello), ("database", database));
        var container = await ContainerAsync(runtime);

        await Engines.RunAsync(runtime, "start", container);

        await BecomesAsync("database", "Starting");
        await GetAsync();
        Assert.All(await Gateway.FunctionsAsync(), function => Assert.Equal("Running", function.State));
        await BecomesAsync("hello", "Stopped");
        await BecomesAsync("database", "Stopped");

        Task BecomesAsync(string name, string state) =>
            Eventually.True(async () => (await Gateway.FunctionsAsync()).Single(function => function.Name == name).State == state, $"{name} is {state}");
    }

    [Theory]
    [InLongRuns("Docker", "stop")]
    [InLongRuns("Docker", "kill")]
    [InlineData("Docker", "rm")]
    [InLongRuns("Podman", "kill")]
    [InLongRuns("Podman", "rm")]
    public async Task Ended_IsStoppedAndTheNextRequestStartsIt(string runtime, string how)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        var container = await ContainerAsync(runtime, "running");

        await Engines.RunAsync(runtime, how == "rm" ? ["rm", "--force", container] : [how, container]);
        await WithinAsync(Eventually.True(async () => (await FunctionAsync()).State != "Running" && (await Gateway.MetricsAsync()).Sum("gateway_instances", ("state", "Running")) == 0));

        await GetAsync();
        Assert.Single(await Engines.ContainersAsync(runtime, Name, "running"));
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Restarted_IsTheFunctionsAgain(string runtime)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        var container = await ContainerAsync(runtime, "running");
        var before = (await FunctionAsync()).Instances[0].GetProperty("id").GetString();

        await Engines.RunAsync(runtime, "restart", container);
        await WithinAsync(Eventually.True(async () => await FunctionAsync() is { State: "Running", Instances: [var only] } && only.GetProperty("id").GetString() != before, "another instance"));

        await GetAsync();
        Assert.Equal(container, await ContainerAsync(runtime, "running"));
        Assert.DoesNotContain(await Gateway.ColdStartsAsync("hello"), start => start.Outcome == "Failed");
    }

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Paused_RestsUntilARequestWakesIt(string runtime)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        var container = await ContainerAsync(runtime, "running");

        await Engines.RunAsync(runtime, "pause", container);
        await WithinAsync(BecomesAsync("Paused"));

        await GetAsync();
        await BecomesAsync("Running");
        Assert.Equal("Paused", (await Gateway.ColdStartsAsync("hello"))[^1].Tier);
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Paused_WhileARequestIsInIt_GoesOn(string runtime)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        var container = await ContainerAsync(runtime, "running");
        var inUse = GetAsync("/slow?ms=1500");
        await Eventually.True(async () => (await FunctionAsync()).InFlight == 1);

        await Engines.RunAsync(runtime, "pause", container);

        await WithinAsync(inUse);
        Assert.Equal("Running", (await FunctionAsync()).State);
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Unpaused_RunsAndRestsAgainByTheUsualRules(string runtime)
    {
        await StartAsync(("hello", Container(runtime, idleAfter: "00:00:02", tier: "Paused")));
        await GetAsync();
        await BecomesAsync("Paused");
        var container = await ContainerAsync(runtime, "paused");

        await Engines.RunAsync(runtime, "unpause", container);
        await WithinAsync(BecomesAsync("Running"));

        await GetAsync();
        await BecomesAsync("Paused");
        Assert.Equal(container, await ContainerAsync(runtime, "paused"));
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Paused_WhileTheGatewayStartsIt_GoesOnAndServes(string runtime)
    {
        await using var proxy = await EngineProxy.StartAsync(Engines.SocketOf(runtime), [.. EngineCall.ReadAll().Where(call => call.Engine.StartsWith(runtime, StringComparison.Ordinal) || call.Engine.StartsWith("both", StringComparison.Ordinal))]);
        await StartAsync(new Dictionary<string, string> { [runtime] = proxy.SocketPath }, ("hello", Container(runtime)));
        var container = await ContainerAsync(runtime);
        proxy.Answering = async path =>
        {
            if (path.EndsWith("/start", StringComparison.Ordinal))
            {
                proxy.Events.Clear();
                await Engines.RunAsync(runtime, "pause", container);
                await Eventually.True(() => string.Concat(proxy.Events).Contains("\"pause\"", StringComparison.Ordinal), "the gateway is told");
            }
        };

        await WithinAsync(GetAsync());

        Assert.Equal(container, await ContainerAsync(runtime, "running"));
        Assert.DoesNotContain(await Gateway.ColdStartsAsync("hello"), start => start.Outcome == "Failed");
    }

    /// <summary>As a gateway leaves it that was killed just after a wake, or that lost sight of the container then.</summary>
    [Theory]
    [InLongRuns("Docker", "")]
    [InLongRuns("Docker", "Stopped")]
    [InLongRuns("Podman", "")]
    [InlineData("Podman", "Stopped")]
    public async Task Paused_AndThawedWithoutTheEngine_WakesAndStops(string runtime, string tier)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        var container = await ContainerAsync(runtime, "running");
        await Engines.RunAsync(runtime, "pause", container);
        await WithinAsync(BecomesAsync("Paused"));
        var cgroup = CgroupOf(container);
        Assert.True(TestFreezer.IsHeld(cgroup));
        TestFreezer.Write(cgroup, frozen: false);

        if (tier.Length == 0)
        {
            await GetAsync();
            await Eventually.True(async () => (await Engines.ContainersAsync(runtime, Name, "running")) is [var only] && only == container, "the engine has followed");
        }
        else
        {
            (await Gateway.Admin.PostAsync($"/api/functions/hello/sleep?tier={tier}", content: null)).EnsureSuccessStatusCode();
            await BecomesAsync(tier);
            Assert.Equal(container, await ContainerAsync(runtime, "exited"));
        }

        Assert.DoesNotContain(await Gateway.ColdStartsAsync("hello"), start => start.Outcome == "Failed");
        Assert.DoesNotContain("could not be", Gateway.LastLines(1000), StringComparison.Ordinal);
    }

    // The engine has process ids of its own, so its word for the first one does not lead there.
    private static string CgroupOf(string container) => Directory.GetDirectories(TestFreezer.IsLegacy ? "/sys/fs/cgroup/freezer" : Cgroup.FindRoot(), $"*{container}*", SearchOption.AllDirectories)
        .Single(path => !path.Contains("conmon", StringComparison.Ordinal));

    private static async Task WithinAsync(Task task)
    {
        var began = Stopwatch.GetTimestamp();
        await task;
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Soon);
    }
}
