using System.Diagnostics;
using System.Globalization;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Podman;

/// <summary>All tiers on a real Podman, and what people do to containers beside the gateway.</summary>
[Collection("podman")]
public sealed class PodmanRuntimeTests(PodmanFixture fixture) : PodmanRuntimeTest(fixture)
{
    [Fact]
    public async Task Start_New_AnswersAndStops()
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);

        await instance.StartAsync(default);

        Assert.Equal("hello", await AskAsync());
        Assert.Equal("running", await StatusAsync());
        await instance.StopAsync(default);
        Assert.Equal("exited", await StatusAsync());
        Assert.Contains("stopped by the gateway", (await instance.Exited.WaitAsync(Patience)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Bridge_FindsItsAddress()
    {
        await using var instance = await NewRuntime().CreateAsync(Function.With(run => run with { Network = "bridge", Port = 8080 }), default);
        Assert.Null(instance.Endpoint);

        await instance.StartAsync(default);

        Assert.Equal(8080, instance.Endpoint!.Port);
        Assert.Equal("hello", (await Engine.Namespace.ExecuteAsync(
            "curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", $"http://{instance.Endpoint}/")).ThrowIfFailed().Output);
    }

    [Fact]
    public async Task Start_RunsInOneOfItsCgroupPaths()
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);
        var before = instance.CgroupPaths;

        await instance.StartAsync(default);

        Assert.Contains(before, path => File.Exists($"{path}/cgroup.procs") && File.ReadAllLines($"{path}/cgroup.procs").Length > 0);
    }

    [Fact]
    public async Task Rest_New_IsInitializedWithItsSandboxAndNoProgram()
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);

        await instance.RestAsync(Tier.Initialized, default);

        Assert.Equal((Tier.Initialized, "running"), (instance.Tier, await StatusAsync()));
        Assert.Contains(instance.CgroupPaths, Directory.Exists);
        Assert.NotEqual(0, (await Engine.Namespace.ExecuteAsync("curl", "--silent", $"http://127.0.0.1:{Function.Run.Port}/")).ExitCode);
        var id = instance.Id;
        await instance.StartAsync(default);
        Assert.Equal("hello", await AskAsync());
        Assert.Equal((Tier.Running, id), (instance.Tier, instance.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rest_RunningOrPaused_IsInitializedAndTheSameInstance(bool paused)
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);
        if (paused)
        {
            await instance.RestAsync(Tier.Paused, default);
        }

        await instance.RestAsync(Tier.Initialized, default);

        Assert.Equal((Tier.Initialized, "running"), (instance.Tier, await StatusAsync()));
        Assert.False(instance.Exited.IsCompleted);
        await instance.StartAsync(default);
        Assert.Equal("hello", await AskAsync());
        Assert.False(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task Rest_Paused_IsFrozenAndGoesOn()
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);

        await instance.RestAsync(Tier.Paused, default);
        Assert.Equal("paused", await StatusAsync());
        await instance.StartAsync(default);

        Assert.Equal("hello", await AskAsync());
    }

    [Theory]
    [InlineData(Tier.Paused)]
    [InlineData(Tier.Initialized)]
    internal async Task Stop_AtRest_EndsIt(Tier tier)
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);
        await instance.RestAsync(tier, default);

        await instance.StopAsync(default).WaitAsync(Patience);

        Assert.Equal("exited", await StatusAsync());
        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task Exited_ProgramEndsByItself_HasCodeAndLastWords()
    {
        await using var instance = await NewRuntime().CreateAsync(
            Function.With(run => run with { Command = ["/bin/busybox", "sh", "-c", "/bin/busybox sleep 0.5; echo last words; exit 3"] }), default);

        await instance.StartAsync(default);

        var exit = await instance.Exited.WaitAsync(Patience);
        Assert.Equal(3, exit.ExitCode);
        Assert.Contains("last words", exit.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Tier.Running)]
    [InlineData(Tier.Paused)]
    [InlineData(Tier.Initialized)]
    internal async Task Exited_RemovedBehindOurBack_IsToldAndTheNextStartsAnew(Tier tier)
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        if (tier != Tier.Running)
        {
            await instance.RestAsync(tier, default);
        }

        await Engine.PodmanAsync("rm", "--force", "--time", "0", Assert.Single(await ContainersAsync()));

        await instance.Exited.WaitAsync(Patience);
        await using var next = await runtime.CreateAsync(Function, default);
        await next.StartAsync(default);
        Assert.Equal("hello", await AskAsync());
    }

    [Fact]
    public async Task Rest_InitializedWhileItsProgramEnds_IsOneOrTheOtherAndTheNextServes()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        var cgroup = Assert.Single(instance.CgroupPaths, path => File.Exists(Path.Combine(path, "cgroup.procs")) && File.ReadAllLines(Path.Combine(path, "cgroup.procs")).Length > 0);
        var program = int.Parse(File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs"))[0], CultureInfo.InvariantCulture);

        // The signal that is to end it finds nobody to send it to, or comes too late.
        Process.GetProcessById(program).Kill();
        var rested = await Record.ExceptionAsync(() => instance.RestAsync(Tier.Initialized, default));

        if (rested is null)
        {
            Assert.Equal(Tier.Initialized, instance.Tier);
            await instance.StartAsync(default);
            Assert.Equal("hello", await AskAsync());
            return;
        }

        Assert.IsType<RuntimeException>(rested);
        await instance.Exited.WaitAsync(Patience);
        await using var next = await runtime.CreateAsync(Function, default);
        await next.StartAsync(default);
        Assert.Equal("hello", await AskAsync());
        Assert.Single(await ContainersAsync());
    }

    [Fact]
    public async Task PausedBySomebody_WhileItServes_GoesOnAgain()
    {
        await using var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);

        await Engine.PodmanAsync("pause", Assert.Single(await ContainersAsync()));

        await EventuallyAsync("running");
        Assert.False(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task Adopt_RunningPausedAndInitialized_AreTakenOverAsTheyAre()
    {
        foreach (var tier in new[] { Tier.Running, Tier.Paused, Tier.Initialized })
        {
            await using (var before = NewRuntime())
            {
                var instance = await before.CreateAsync(Function, default);
                await instance.StartAsync(default);
                if (tier != Tier.Running)
                {
                    await instance.RestAsync(tier, default);
                }

                await instance.DisposeAsync();
            }

            await using var adopted = Assert.Single(await NewRuntime().AdoptAsync(Function, default));
            Assert.Equal(tier, adopted.Tier);
            await adopted.StartAsync(default);
            Assert.Equal("hello", await AskAsync());
            await adopted.StopAsync(default);
        }
    }

    [Fact]
    public async Task Prepare_MissingImage_SaysWhatToDo() => Assert.Contains(
        "run podman pull nothere:7",
        (await Assert.ThrowsAsync<RuntimeException>(() => NewRuntime().PrepareAsync(Function.With(run => run with { Image = "nothere:7" }), default))).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Create_UpToTheScale_AreSeveralContainersWithNamesOfTheirOwn()
    {
        var function = Function.With(run => run with { Network = "bridge", Port = 8080 }) with { Scale = new ScaleOptions { Max = 2 } };
        var runtime = NewRuntime();
        await using var first = await runtime.CreateAsync(function, default);
        await using var second = await runtime.CreateAsync(function, default);

        await Task.WhenAll(first.StartAsync(default), second.StartAsync(default));

        Assert.Equal(2, (await ContainersAsync("{{.Names}}")).Distinct().Count());
        await runtime.ForgetAsync(function.Name, default);
        Assert.Empty(await ContainersAsync());
    }

    [Fact]
    public async Task Runs_OneRightAfterTheOther_EachEndsWhenItIsAskedTo()
    {
        // Podman's events come up to 250 ms late, and so into the next run.
        var runtime = NewRuntime();
        for (var run = 0; run < 25; run++)
        {
            await using var instance = await runtime.CreateAsync(Function, default);
            await instance.StartAsync(default);
            Assert.Equal("hello", await AskAsync());

            await instance.StopAsync(default);

            var exit = await instance.Exited.WaitAsync(Patience);
            Assert.StartsWith("stopped by the gateway", exit.Reason, StringComparison.Ordinal);
            Assert.False(exit.ByOthers);
        }
    }

    [Fact]
    public async Task Ready_Boosted_IsLimitedFromThenOn()
    {
        var function = Function.With(run => run with { Cpu = new CpuOptions { Limit = 0.25, Boost = true } });
        await using var instance = await NewRuntime().CreateAsync(function, default);
        await instance.StartAsync(default);
        var id = Assert.Single(await ContainersAsync());
        Assert.Equal("-1", await QuotaAsync(id));

        await instance.ReadyAsync(default);

        Assert.Equal("25000", await QuotaAsync(id));
    }

    // cgroup v1's cpu controller, or cgroup v2's.
    private static async Task<string> QuotaAsync(string container)
    {
        foreach (var mount in new[] { "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu" })
        {
            var file = $"{mount}/libpod_parent/libpod-{container}/cpu.cfs_quota_us";
            if (File.Exists(file))
            {
                return (await File.ReadAllTextAsync(file)).Trim();
            }
        }

        var max = (await File.ReadAllTextAsync(Path.Combine(Cgroup.FindRoot(), $"libpod_parent/libpod-{container}/cpu.max"))).Split(' ')[0];
        return max == "max" ? "-1" : max;
    }
}
