using System.Diagnostics;
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
    [InlineData("Docker", "stop")]
    [InLongRuns("Docker", "kill")]
    [InlineData("Docker", "rm")]
    [InlineData("Podman", "kill")]
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

    private static async Task WithinAsync(Task task)
    {
        var began = Stopwatch.GetTimestamp();
        await task;
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Soon);
    }
}
