using System.Diagnostics;
using System.Globalization;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

[Collection("docker")]
public sealed class FailureTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    [Fact]
    public async Task Prepare_MissingImage_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<RuntimeException>(
            () => NewRuntime().PrepareAsync(Function.With(run => run with { Image = "nothere:7", Pull = PullPolicy.Never }), default));

        Assert.Equal(
            $"Gateway:Functions:{Function.Name}:Image: 'nothere:7' is not on the engine at {Engine.Endpoint}; load it or run docker pull nothere:7",
            error.Message);
    }

    [Fact]
    public async Task Prepare_MissingNetwork_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<RuntimeException>(
            () => NewRuntime().PrepareAsync(Function.With(run => run with { Network = "nowhere" }), default));

        Assert.Equal(
            $"Gateway:Functions:{Function.Name}:Network: 'nowhere' is not on the engine at {Engine.Endpoint}; create it or correct the name",
            error.Message);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("container:other")]
    public async Task Prepare_NetworkWithoutAddress_IsRefused(string network)
    {
        var error = await Assert.ThrowsAsync<RuntimeException>(
            () => NewRuntime().PrepareAsync(Function.With(run => run with { Network = network }), default));

        Assert.StartsWith($"Gateway:Functions:{Function.Name}:Network: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_NoEngine_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<RuntimeException>(
            () => NewRuntime(new Uri("unix:///nowhere/docker.sock")).PrepareAsync(Function, default));

        Assert.Equal(
            "Gateway:Docker:Endpoint: no engine answers at unix:///nowhere/docker.sock; start it or correct the endpoint", error.Message);
    }

    [Fact]
    public async Task Start_ProgramNotInTheImage_SaysSoInOneSentence()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Command = ["/nope"] }), default);

        var error = await Assert.ThrowsAsync<RuntimeException>(() => instance.StartAsync(default));

        Assert.StartsWith($"Gateway:Functions:{Function.Name}: the engine would not start its container: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nope", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(error.Message, (await instance.Exited.WaitAsync(Patience)).Reason);
        await instance.StopAsync(default);
    }

    [Fact]
    public async Task Exited_ProgramEndsByItself_HasCodeAndCleanLastWords()
    {
        var runtime = NewRuntime();
        // The first run's words must not be quoted for the second.
        var script = @"n=$(/bin/busybox cat /n 2>/dev/null); echo x$n >/n; echo run$n; /bin/busybox sleep 0.3; printf '\033[31mlast\007 words%s\033[0m\n' $n >&2; exit 3";
        var function = Function.With(run => run with { Command = ["/bin/busybox", "sh", "-c", script] });
        await using var first = await runtime.CreateAsync(function, default);
        await first.StartAsync(default);
        Assert.Equal(new InstanceExit(3, "ended with exit code 3; its last words: run | last  words"), await first.Exited.WaitAsync(Patience));

        await using var second = await runtime.CreateAsync(function, default);
        await second.StartAsync(default);

        Assert.Equal(new InstanceExit(3, "ended with exit code 3; its last words: runx | last  wordsx"), await second.Exited.WaitAsync(Patience));
        Assert.Single(await ContainersAsync());
    }

    [Fact]
    public async Task Exited_OutOfMemory_SaysSo()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Command = ["/bin/busybox", "sh", "-c", "/bin/busybox sleep 0.5; exec /bin/busybox tail /dev/zero"] }), default);
        await Engine.CommandAsync("update", "--memory", "8m", "--memory-swap", "8m", Assert.Single(await ContainersAsync()));

        await instance.StartAsync(default);

        Assert.Equal(
            new InstanceExit(137, "killed for using more memory than it may, exit code 137") { ByOthers = false }, await instance.Exited.WaitAsync(Patience));
    }

    [Fact]
    public async Task Start_ProgramThatEndsAtOnce_EndsOneWayOrTheOther()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Command = ["/bin/busybox", "false"] }), default);

        // Whether it still runs when the engine is asked for its address is a matter of microseconds.
        var error = await Record.ExceptionAsync(() => instance.StartAsync(default));

        Assert.True(error is null or RuntimeException);
        Assert.Equal(new InstanceExit(1, "ended with exit code 1"), await instance.Exited.WaitAsync(Patience));
        Assert.Empty(await ContainersAsync(state: "running"));
    }

    [Fact]
    public async Task Start_NetworkRemovedBehindOurBack_SaysSo()
    {
        var network = "n" + Function.Name;
        await Engine.CommandAsync("network", "create", network);
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Network = network }), default);
        await Engine.CommandAsync("network", "rm", network);

        var error = await Assert.ThrowsAsync<RuntimeException>(() => instance.StartAsync(default));

        Assert.Contains($"network {network} not found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WhileItDiesByItself_NeverReachesTheNextRun()
    {
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Function, default);
        for (var round = 0; round < 5; round++)
        {
            var dying = await runtime.CreateAsync(Function, default);
            await dying.StartAsync(default);
            // Not by the engine, whose client may be so slow that its kill is the next run's.
            int[] programs = [.. dying.CgroupPaths.Select(static path => $"{path}/cgroup.procs").Where(File.Exists).SelectMany(File.ReadAllLines).Distinct().Select(static pid => int.Parse(pid, CultureInfo.InvariantCulture))];
            var stop = dying.StopAsync(default);
            foreach (var program in programs)
            {
                await Record.ExceptionAsync(() => Task.Run(() => Process.GetProcessById(program).Kill()));
            }

            await dying.Exited.WaitAsync(Patience);

            var next = await runtime.CreateAsync(Function, default);
            await next.StartAsync(default);
            await stop;

            Assert.Single(await ContainersAsync(state: "running"));
            Assert.False(next.Exited.IsCompleted);
            await next.StopAsync(default);
        }
    }

    [Fact]
    public async Task Removed_RestingContainer_IsReplacedAheadOfTheWake()
    {
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Function, default);
        var before = Assert.Single(await ContainersAsync());
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var created = Engine.CommandAsync(
            "events", "--since", $"{now}", "--until", $"{now + 4}", "--filter", "event=create",
            "--filter", $"label=headstart.function={Function.Name.ToLowerInvariant()}", "--format", "{{.Actor.ID}}");

        await Engine.CommandAsync("rm", before);

        // One for the preparation may be within the same second.
        Assert.NotEqual(before, (await created).Split('\n')[^1]);
        Assert.NotEqual(before, Assert.Single(await ContainersAsync()));
    }

    [Fact]
    public async Task Exited_KilledBehindOurBack_Completes()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);

        await Engine.CommandAsync("kill", Assert.Single(await ContainersAsync()));

        Assert.Equal(137, (await instance.Exited.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Exited_RemovedBehindOurBack_Completes()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);

        await Engine.CommandAsync("rm", "--force", Assert.Single(await ContainersAsync()));

        await instance.Exited.WaitAsync(Patience);
        await instance.StopAsync(default);
    }

    [Fact]
    public async Task Start_RemovedBehindOurBack_MakesAnother()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        var before = Assert.Single(await ContainersAsync());
        await Engine.CommandAsync("rm", before);

        await instance.StartAsync(default);

        var after = Assert.Single(await ContainersAsync(state: "running"));
        Assert.NotEqual(before, after);
        Assert.Contains(instance.CgroupPaths, path => path.Contains(after, StringComparison.Ordinal));
        await Engine.CommandAsync("kill", after);
        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task Start_StartedBehindOurBack_IsFine()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await Engine.CommandAsync("start", Assert.Single(await ContainersAsync()));

        await instance.StartAsync(default);

        Assert.NotNull(instance.Endpoint);
    }

    [Fact]
    public async Task Start_Cancelled_ThenStop_LeavesNothingRunning()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        using var cancel = new CancellationTokenSource();

        var start = instance.StartAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        await instance.StopAsync(default);

        Assert.Empty(await ContainersAsync(state: "running"));
        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task Start_CancelledAndDisposed_DoesNotLeaveItRunning()
    {
        var runtime = NewRuntime();
        var instance = await runtime.CreateAsync(Function, default);
        using var cancel = new CancellationTokenSource();
        var start = instance.StartAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);

        await instance.DisposeAsync();

        await instance.Exited.WaitAsync(Patience);
        Assert.Empty(await ContainersAsync(state: "running"));
    }

    [LongFact]
    public async Task Stop_Cancelled_ReturnsAtOnceAndTheStopGoesOn()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Image = TestEngine.PatientImage }), default);
        await instance.StartAsync(default);
        using var cancel = new CancellationTokenSource();

        var stop = instance.StopAsync(cancel.Token);
        var before = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stop);

        Assert.True(Stopwatch.GetElapsedTime(before) < TimeSpan.FromSeconds(5));
        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task Calls_Cancelled_DoNothing()
    {
        var runtime = NewRuntime();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runtime.PrepareAsync(Function, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runtime.AdoptAsync(Function, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await runtime.CreateAsync(Function, cancelled));
        Assert.Empty(await ContainersAsync());
    }
}

[CollectionDefinition("docker")]
public sealed class DockerCollection : ICollectionFixture<EngineFixture>;
