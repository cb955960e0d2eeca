using System.Diagnostics;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Kernels;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>Frozen containers whose processes go on before the engine lets them, on the machine's own freezer: v1's on many, v2's where cgroup v2 is alone.</summary>
[Collection("docker")]
public sealed class EarlyThawTests(EngineFixture fixture, ITestOutputHelper output) : DockerRuntimeTest(fixture)
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
        var home = Home(instance);
        var (still, whole) = (TimeSpan.Zero, TimeSpan.Zero);

        await _thaw.FollowAsync(instance.CgroupPaths, async () =>
        {
            // On v1 what the engine is to find, and what it does not see. On v2 it is made to find it when it looks.
            Assert.Equal(TestFreezer.IsLegacy, TestFreezer.IsHeld(home));
            await StandsAsync(instance, frozen: false);
            (still, whole) = await StandstillAsync(home, Engine.CommandAsync("unpause", Assert.Single(await ContainersAsync())));
        });

        Assert.Equal(("running", false), (await StatusAsync(), TestFreezer.IsHeld(home)));
        await StandsAsync(instance, frozen: false);
        Assert.False(Directory.Exists(home + EarlyThaw.Suffix));
        output.WriteLine($"stood still {still.TotalMilliseconds:0.0} ms of the {whole.TotalMilliseconds:0} that the engine took");
        KernelFacts.Report("a paused container stands still while the engine follows", $"{still.TotalMilliseconds:0} ms of {whole.TotalMilliseconds:0}");
        Assert.True(still < whole / 3, $"{still} of {whole}");
    }

    /// <summary>An engine that does not come as far as its runtime: nobody looks, and nothing stands still.</summary>
    [Fact]
    public async Task Follow_SomebodyOnlyLooks_GoesOn()
    {
        await using var instance = await PausedAsync();
        _thaw.Thaw(instance.CgroupPaths);
        var home = Home(instance);

        await _thaw.FollowAsync(instance.CgroupPaths, async () =>
        {
            // Another process, as a runtime is.
            await InNewProcessAsync("cat", Path.Combine(home, TestFreezer.IsLegacy ? "freezer.state" : "cgroup.freeze"));
            await StandsAsync(instance, frozen: false);
        });

        await StandsAsync(instance, frozen: false);
        _thaw.Freeze(instance.CgroupPaths);
    }

    [Fact]
    public async Task Follow_TheEngineIsAway_GoesOnAsBefore()
    {
        await using var instance = await PausedAsync();
        _thaw.Thaw(instance.CgroupPaths);

        await Assert.ThrowsAsync<RuntimeException>(() => _thaw.FollowAsync(instance.CgroupPaths, () => throw new RuntimeException("away")));

        Assert.Equal(("paused", false), (await StatusAsync(), TestFreezer.IsHeld(Home(instance))));
        await StandsAsync(instance, frozen: false);
        Assert.False(Directory.Exists(Home(instance) + EarlyThaw.Suffix));
        _thaw.Freeze(instance.CgroupPaths);
    }

    [Fact]
    public async Task Start_Paused_TheEngineFollowsAndNothingIsLeft()
    {
        await using var instance = await PausedAsync();

        var started = Stopwatch.GetTimestamp();
        await instance.StartAsync(default);
        var status = await StatusAsync();
        await StandsAsync(instance, frozen: false);
        // A machine that is busy may have taken longer to ask than the engine waits.
        Assert.True(status == "paused" || Stopwatch.GetElapsedTime(started) > EngineInstance.EngineFollowsAfter, $"the engine followed at once: {status}");

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

        foreach (var process in TestFreezer.Processes(home))
        {
            Process.GetProcessById(process).Kill();
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
        if (behindTheCurtain && TestFreezer.IsLegacy)
        {
            Directory.CreateDirectory(home + EarlyThaw.Suffix);
            foreach (var process in File.ReadAllLines(Path.Combine(home, "cgroup.procs")))
            {
                File.WriteAllText(Path.Combine(home + EarlyThaw.Suffix, "cgroup.procs"), process);
            }

            TestFreezer.Write(home, frozen: true);
        }

        await using var adopted = Assert.Single(await NewRuntime().AdoptAsync(Function, default));

        Assert.Equal(Tier.Paused, adopted.Tier);
        Assert.False(Directory.Exists(home + EarlyThaw.Suffix));
        await StandsAsync(adopted, frozen: true);
        await adopted.StartAsync(default);
        await StandsAsync(adopted, frozen: false);
    }

    [Fact]
    public void Thaw_NoSuchCgroup_IsLeftToTheEngine() => Assert.False(_thaw.Thaw([Path.Combine(TestEngine.CgroupRoot!, "docker", "abc")]));

    [Fact]
    public async Task Thaw_NotFrozenHere_IsLeftToTheEngine()
    {
        await using var instance = await StartedAsync();

        Assert.False(_thaw.Thaw(instance.CgroupPaths));
    }

    private static string Home(IInstance instance) => TestFreezer.Home(instance);

    private static async Task StandsAsync(IInstance instance, bool frozen)
    {
        var home = Home(instance);
        var began = Stopwatch.GetTimestamp();
        while (TestFreezer.Stands(home) != frozen)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"its processes never {(frozen ? "stood still" : "went on")}");
            await Task.Yield();
        }
    }

    // How long its processes stood still while something else went on, as far as looking again and again tells.
    private static async Task<(TimeSpan Still, TimeSpan Whole)> StandstillAsync(string home, Task meanwhile)
    {
        var (began, still, last) = (Stopwatch.GetTimestamp(), TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (!meanwhile.IsCompleted)
        {
            var stands = TestFreezer.Stands(home) == true;
            var now = Stopwatch.GetTimestamp();
            still += stands ? Stopwatch.GetElapsedTime(last, now) : TimeSpan.Zero;
            last = now;
            await Task.Yield();
        }

        await meanwhile;
        return (still, Stopwatch.GetElapsedTime(began));
    }

    private static async Task InNewProcessAsync(string program, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
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
