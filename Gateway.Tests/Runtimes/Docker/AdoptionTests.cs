using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

[Collection("docker")]
public sealed class AdoptionTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    [Fact]
    public async Task Adopt_AfterAGatewayRestart_TakesOverWhatRuns()
    {
        var before = NewRuntime();
        var started = await before.CreateAsync(Function, default);
        await started.StartAsync(default);
        await started.DisposeAsync();
        await before.DisposeAsync();
        var after = NewRuntime();
        await after.PrepareAsync(Function, default);

        var adopted = Assert.Single(await after.AdoptAsync(Function, default));

        Assert.Equal(started.Endpoint, adopted.Endpoint);
        Assert.NotEqual(started.Id, adopted.Id);
        Assert.Single(await ContainersAsync());
        Assert.Empty(await after.AdoptAsync(Function, default));
        await Engine.CommandAsync("kill", Assert.Single(await ContainersAsync()));
        Assert.Equal(137, (await adopted.Exited.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Adopt_ThenStop_EndsIt()
    {
        await StartedByAnEarlierGatewayAsync();
        var runtime = NewRuntime();
        await using var adopted = Assert.Single(await runtime.AdoptAsync(Function, default));

        await adopted.StopAsync(default);

        Assert.Empty(await ContainersAsync(state: "running"));
        Assert.Single(await ContainersAsync(state: "exited"));
    }

    [Fact]
    public async Task Adopt_Paused_RestsAndGoesOnWhenStarted()
    {
        var container = await StartedByAnEarlierGatewayAsync();
        await Engine.CommandAsync("pause", container);

        await using var adopted = Assert.Single(await NewRuntime().AdoptAsync(Function, default));

        Assert.Equal(Tier.Paused, adopted.Tier);
        Assert.Equal("paused", await InspectAsync(container, "{{.State.Status}}"));
        await adopted.StartAsync(default);
        Assert.Equal(Tier.Running, adopted.Tier);
        // The engine hears of it later; what is asked of it next waits for that.
        await adopted.RestAsync(Tier.Paused, default);
        Assert.Equal("paused", await InspectAsync(container, "{{.State.Status}}"));
    }

    [Fact]
    public async Task Adopt_PausedOfAnotherSpec_IsEndedAndRemoved()
    {
        var container = await StartedByAnEarlierGatewayAsync();
        await Engine.CommandAsync("pause", container);
        var function = Function.With(run => run with { Environment = new Dictionary<string, string> { ["A"] = "1" } });

        Assert.Empty(await NewRuntime().AdoptAsync(function, default));

        Assert.DoesNotContain(container, await ContainersAsync());
    }

    [Fact]
    public async Task Adopt_OtherSpec_EndsAndRemovesItAndMakesOneAnew()
    {
        var old = await StartedByAnEarlierGatewayAsync();
        var function = Function.With(run => run with { Environment = new Dictionary<string, string> { ["A"] = "1" } });
        var runtime = NewRuntime();
        await runtime.PrepareAsync(function, default);
        Assert.Equal([old], await ContainersAsync());

        var adopted = await runtime.AdoptAsync(function, default);

        Assert.Empty(adopted);
        Assert.NotEqual(old, Assert.Single(await ContainersAsync(state: "created")));
        Assert.Single(await ContainersAsync());
    }

    [Fact]
    public async Task Adopt_NothingThatRuns_IsEmpty()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);

        // One that this gateway minds already is no orphan.
        Assert.Empty(await runtime.AdoptAsync(Function, default));
        Assert.False(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task Adopt_AnotherGatewaysContainer_IsLeftAlone()
    {
        var container = await StartedByAnEarlierGatewayAsync();
        var other = NewRuntime(gateway: "other");

        Assert.Empty(await other.AdoptAsync(Function, default));
        await other.ForgetAsync(Function.Name, default);

        Assert.Equal("running", await InspectAsync(container, "{{.State.Status}}"));
    }

    [Fact]
    public async Task Prepare_OtherSpec_MakesTheRestingContainerAnew()
    {
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Function, default);
        var before = Assert.Single(await ContainersAsync());

        await runtime.PrepareAsync(Function.With(run => run with { Port = 9090 }), default);

        var after = Assert.Single(await ContainersAsync());
        Assert.NotEqual(before, after);
        Assert.StartsWith("[PORT=9090 ", await InspectAsync(after, "{{.Config.Env}}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_RebuiltImage_MakesTheRestingContainerAnew()
    {
        var function = Function.With(run => run with { Image = "rebuilt:1" });
        await Engine.BuildAsync("rebuilt:1", "sleep 1", "SIGKILL");
        var runtime = NewRuntime();
        await runtime.PrepareAsync(function, default);
        var before = Assert.Single(await ContainersAsync());
        await Engine.BuildAsync("rebuilt:1", "sleep 2", "SIGKILL");

        await runtime.PrepareAsync(function, default);

        Assert.NotEqual(before, Assert.Single(await ContainersAsync()));
    }

    [Fact]
    public async Task Prepare_OtherSpecWhileRunning_RemovesTheOldOneAfterItsStop()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        var old = Assert.Single(await ContainersAsync());
        await runtime.PrepareAsync(Function.With(run => run with { Port = 9090 }), default);
        Assert.False(instance.Exited.IsCompleted);

        await instance.StopAsync(default);

        await Engine.CommandAsync("events", "--since", "60s", "--until", "1s", "--filter", $"container={old}", "--filter", "event=destroy");
        await using var next = await runtime.CreateAsync(Function.With(run => run with { Port = 9090 }), default);
        Assert.DoesNotContain(old, await ContainersAsync());
    }

    /// <summary>A container that a gateway started and left running; its id.</summary>
    private async Task<string> StartedByAnEarlierGatewayAsync()
    {
        var runtime = NewRuntime();
        var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        await instance.DisposeAsync();
        await runtime.DisposeAsync();
        return Assert.Single(await ContainersAsync(state: "running"));
    }
}
