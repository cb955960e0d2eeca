using System.Diagnostics;
using Gateway.Lab;
using Gateway.Model;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>These kill the engine, so they have one of their own.</summary>
public sealed class EngineRestartTests(EngineFixture fixture) : DockerRuntimeTest(fixture), IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Engine_KilledAndRestarted_ExitedCompletesAndStartsWorkAgain()
    {
        var runtime = NewRuntime();
        var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);

        await Engine.KillAsync();
        var error = await Assert.ThrowsAsync<RuntimeException>(() => instance.StopAsync(default));
        Assert.StartsWith("Gateway:Docker:Endpoint: no engine answers at ", error.Message, StringComparison.Ordinal);
        Assert.False(instance.Exited.IsCompleted);
        await Engine.UpAsync();

        await instance.Exited.WaitAsync(Patience);
        await instance.DisposeAsync();
        await using var next = await runtime.CreateAsync(Function, default);
        await next.StartAsync(default);
        await Engine.CommandAsync("kill", Assert.Single(await ContainersAsync(state: "running")));
        Assert.Equal(137, (await next.Exited.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Prepare_EngineNotUpYet_WorksWhenItIs()
    {
        await Engine.KillAsync();
        var runtime = NewRuntime();
        await Assert.ThrowsAsync<RuntimeException>(() => runtime.PrepareAsync(Function, default));

        await Engine.UpAsync();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        await Engine.CommandAsync("kill", Assert.Single(await ContainersAsync(state: "running")));

        Assert.Equal(137, (await instance.Exited.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Socket_GoneWhileAPausedOneIsWoken_ServesAndIsEndedWhenItIsBack()
    {
        // The engine lives on, and only cannot be reached: what it kept is nobody's any more.
        await using var relay = new SocketRelay(Engine.Endpoint.LocalPath);
        var runtime = NewRuntime(relay.Endpoint);
        var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        await instance.RestAsync(Tier.Paused, default);
        Assert.Single(await ContainersAsync(state: "paused"));

        relay.Close();
        // Its processes go on without the engine, which holds it for paused.
        await instance.StartAsync(default);
        Assert.Equal(Tier.Running, instance.Tier);
        Assert.Single(await ContainersAsync(state: "paused"));
        await Assert.ThrowsAsync<RuntimeException>(() => instance.StopAsync(default));
        await instance.DisposeAsync();
        await relay.LostAsync();
        relay.Open();

        await NonePausedAsync();
        await Eventually.True(() => !instance.CgroupPaths.Any(path => Directory.Exists(TestEngine.Freezer.Of(path) + ".awake")), "the end of the cgroup beside its own");
        await using var next = await runtime.CreateAsync(Function, default);
        await next.StartAsync(default);
        Assert.Single(await ContainersAsync(state: "running"));
        Assert.Single(await ContainersAsync());
    }

    [Fact]
    public async Task Engine_KilledAndRestartedWhileAContainerWaits_ItHasEndedAndTheNextWaits()
    {
        using var gates = LabDirectory.Create("gates");
        var runtime = NewRuntime(gates: gates.Path);
        var instance = await runtime.CreateAsync(Function, default);
        await instance.RestAsync(Tier.Initialized, default);

        await Engine.KillAsync();
        await Engine.UpAsync();

        await instance.Exited.WaitAsync(Patience);
        await instance.DisposeAsync();
        await using var next = await runtime.CreateAsync(Function, default);
        await next.RestAsync(Tier.Initialized, default);
        Assert.Single(await ContainersAsync());
        await next.StartAsync(default);
        await AskAsync(next);
    }

    // With a kept network two containers have to be started anew, the one that keeps it first.
    [LongFact]
    public async Task Engine_KilledAndRestartedWithAKeptNetwork_ItIsMadeAgainAndStartsWork()
    {
        using var gates = LabDirectory.Create("gates");
        var function = Function.With(run => run with { KeepsNetwork = true });
        var runtime = NewRuntime(gates: gates.Path);
        var instance = await runtime.CreateAsync(function, default);
        await instance.StartAsync(default);
        await AskAsync(instance);

        await Engine.KillAsync();
        await Engine.UpAsync();

        await instance.Exited.WaitAsync(Patience);
        await instance.DisposeAsync();
        await using var next = await runtime.CreateAsync(function, default);
        await next.StartAsync(default);
        await AskAsync(next);
        Assert.Equal(2, (await ContainersAsync(state: "running")).Length);
        Assert.Equal(2, (await ContainersAsync()).Length);
    }

    [Fact]
    public async Task Socket_GoneWhileAContainerWaits_IsWokenAllTheSame()
    {
        using var gates = LabDirectory.Create("gates");
        await using var relay = new SocketRelay(Engine.Endpoint.LocalPath);
        var instance = await NewRuntime(relay.Endpoint, gates: gates.Path).CreateAsync(Function, default);
        await instance.RestAsync(Tier.Initialized, default);

        relay.Close();
        await instance.StartAsync(default);

        Assert.Equal(Tier.Running, instance.Tier);
        await AskAsync(instance);
        await relay.LostAsync();
        relay.Open();
        await instance.StopAsync(default);
        Assert.Empty(await ContainersAsync(state: "running"));
    }

    private async Task NonePausedAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (await ContainersAsync(state: "paused") is not [])
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "it was never ended");
        }
    }
}
