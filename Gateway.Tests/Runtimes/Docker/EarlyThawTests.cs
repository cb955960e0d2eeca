using System.Diagnostics;
using System.Globalization;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>Frozen containers whose processes go on before the engine lets them, on the machine's own freezer.</summary>
[Collection("docker")]
public sealed class EarlyThawTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    private readonly EarlyThaw _thaw = new(TestEngine.Freezer, new BackgroundWork(NullLogger.Instance));

    [Fact]
    public async Task Thaw_Frozen_GoesOnWhileTheEngineHoldsItForPaused()
    {
        await using var instance = await PausedAsync();

        Assert.True(_thaw.Thaw(instance.CgroupPaths));
        await StandsAsync(instance, frozen: false);
        Assert.Equal("paused", await StatusAsync());

        Assert.True(_thaw.Freeze(instance.CgroupPaths));
        await StandsAsync(instance, frozen: true);
    }

    [Fact]
    public async Task Follow_TheEngineThaws_NothingStandsStillMeanwhile()
    {
        var instance = await PausedAsync();
        // Nobody is to mind what the engine is asked for here.
        await instance.DisposeAsync();
        _thaw.Thaw(instance.CgroupPaths);
        await StandsAsync(instance, frozen: false);

        await _thaw.FollowAsync(instance.CgroupPaths, async () =>
        {
            // What the engine is to find, and what it does not see.
            Assert.Equal("FROZEN", State(instance));
            await StandsAsync(instance, frozen: false);
            await Engine.CommandAsync("unpause", Assert.Single(await ContainersAsync()));
        });

        Assert.Equal(("running", "THAWED"), (await StatusAsync(), State(instance)));
        await StandsAsync(instance, frozen: false);
        Assert.False(Directory.Exists(Home(instance) + EarlyThaw.Suffix));
    }

    [Fact]
    public async Task Follow_TheEngineIsAway_GoesOnAsBefore()
    {
        await using var instance = await PausedAsync();
        _thaw.Thaw(instance.CgroupPaths);

        await Assert.ThrowsAsync<RuntimeException>(() => _thaw.FollowAsync(instance.CgroupPaths, () => throw new RuntimeException("away")));

        Assert.Equal(("paused", "THAWED"), (await StatusAsync(), State(instance)));
        await StandsAsync(instance, frozen: false);
        Assert.False(Directory.Exists(Home(instance) + EarlyThaw.Suffix));
        _thaw.Freeze(instance.CgroupPaths);
    }

    [Fact]
    public async Task Start_Paused_TheEngineFollowsAndNothingIsLeft()
    {
        await using var instance = await PausedAsync();

        await instance.StartAsync(default);
        await StandsAsync(instance, frozen: false);
        Assert.Equal("paused", await StatusAsync());

        await Eventually.True(async () => await StatusAsync() == "running" && !Directory.Exists(Home(instance) + EarlyThaw.Suffix));
        await StandsAsync(instance, frozen: false);
    }

    [Fact]
    public async Task Rest_BeforeTheEngineHasFollowed_StandsStillAndStaysSo()
    {
        await using var instance = await PausedAsync();

        await instance.StartAsync(default);
        await instance.RestAsync(Tier.Paused, default);
        await Task.Delay(EngineInstance.EngineFollowsAfter * 1.5, TimeProvider.System);

        Assert.Equal("paused", await StatusAsync());
        await StandsAsync(instance, frozen: true);
        Assert.False(Directory.Exists(Home(instance) + EarlyThaw.Suffix));
    }

    [Fact]
    public async Task Dispose_BeforeTheEngineHasFollowed_LeavesItRunningForTheNextGateway()
    {
        var instance = await PausedAsync();

        await instance.StartAsync(default);
        await instance.DisposeAsync();

        Assert.Equal("running", await StatusAsync());
        await using var adopted = Assert.Single(await NewRuntime().AdoptAsync(Function, default));
        Assert.Equal(Tier.Running, adopted.Tier);
        Assert.False(Directory.Exists(Home(adopted) + EarlyThaw.Suffix));
    }

    [Fact]
    public async Task Exit_BeforeTheEngineHasFollowed_IsTold()
    {
        await using var instance = await PausedAsync();
        var home = Home(instance);
        await instance.StartAsync(default);

        foreach (var process in File.ReadAllLines(Path.Combine(home, "cgroup.procs")))
        {
            Process.GetProcessById(int.Parse(process, CultureInfo.InvariantCulture)).Kill();
        }

        Assert.Equal(137, (await instance.Exited.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Stop_RightAfterTheWake_EndsItAndLeavesNothing()
    {
        await using var instance = await PausedAsync();
        var home = Home(instance);

        await instance.StartAsync(default);
        await instance.StopAsync(default).WaitAsync(Patience);

        Assert.Equal("exited", await StatusAsync());
        Assert.False(Directory.Exists(home + EarlyThaw.Suffix));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Adopt_WhatAGatewayKilledBeforeTheEngineFollowedHasLeft_IsAsTheEngineHoldsIt(bool behindTheCurtain)
    {
        var before = await PausedAsync();
        var home = Home(before);
        _thaw.Thaw(before.CgroupPaths);
        if (behindTheCurtain)
        {
            Directory.CreateDirectory(home + EarlyThaw.Suffix);
            foreach (var process in File.ReadAllLines(Path.Combine(home, "cgroup.procs")))
            {
                File.WriteAllText(Path.Combine(home + EarlyThaw.Suffix, "cgroup.procs"), process);
            }

            File.WriteAllText(Path.Combine(home, "freezer.state"), "FROZEN");
        }

        await using var adopted = Assert.Single(await NewRuntime().AdoptAsync(Function, default));

        Assert.Equal(Tier.Paused, adopted.Tier);
        Assert.False(Directory.Exists(home + EarlyThaw.Suffix));
        await StandsAsync(adopted, frozen: true);
        await adopted.StartAsync(default);
        await StandsAsync(adopted, frozen: false);
    }

    [Fact]
    public void Thaw_NoFreezerHierarchy_IsLeftToTheEngine() =>
        Assert.False(new EarlyThaw(new CgroupV1(TestEngine.CgroupRoot, mount: null), new BackgroundWork(NullLogger.Instance)).Thaw(["/sys/fs/cgroup/docker/abc"]));

    [Fact]
    public async Task Thaw_NotFrozenHere_IsLeftToTheEngine()
    {
        await using var instance = await StartedAsync();

        Assert.False(_thaw.Thaw(instance.CgroupPaths));
    }

    private static string Home(IInstance instance) => instance.CgroupPaths.Select(TestEngine.Freezer.Of).OfType<string>().Single(Directory.Exists);

    private static string State(IInstance instance) => File.ReadAllText(Path.Combine(Home(instance), "freezer.state")).Trim();

    // proc_pid_status(5): what the freezer holds is in uninterruptible sleep, and a server that waits for clients in an interruptible one.
    private static async Task StandsAsync(IInstance instance, bool frozen)
    {
        var home = Home(instance);
        var began = Stopwatch.GetTimestamp();
        char[] states;
        do
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"its processes never {(frozen ? "stood still" : "went on")}");
            string[] groups = [home, home + EarlyThaw.Suffix];
            var processes = groups.Where(Directory.Exists).SelectMany(group => File.ReadAllLines(Path.Combine(group, "cgroup.procs")));
            states = [.. processes.Select(process => File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("State:", StringComparison.Ordinal))[7])];
            await Task.Yield();
        }
        while (states.Length == 0 || !states.All(state => frozen ? state == 'D' : state is 'S' or 'R'));
    }

    private async Task<IInstance> StartedAsync()
    {
        var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);
        return instance;
    }

    private async Task<IInstance> PausedAsync()
    {
        var instance = await StartedAsync();
        await instance.RestAsync(Tier.Paused, default);
        return instance;
    }

    private async Task<string> StatusAsync() => await InspectAsync(Assert.Single(await ContainersAsync()), "{{.State.Status}}");
}
