using Gateway.Activation;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class FunctionRestTests
{
    private static readonly TimeSpan After = new IdleOptions().After;

    [Fact]
    public async Task RestIfIdle_NotUsedForIdleAfter_Stops()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        bench.Clock.Advance(After - TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), function.RestIfIdle());

        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        function.RestIfIdle();

        Assert.Empty(function.Running);
        await Eventually.True(() => bench.Runtime.Last.IsOver, "the stop");
    }

    [Fact]
    public async Task RestIfIdle_RequestInFlight_DoesNotStopAndCountsFromItsEnd()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        Assert.True(instance.TryLease());
        bench.Clock.Advance(After * 3);
        Assert.NotNull(function.RestIfIdle());
        Assert.Single(function.Running);

        instance.Release(bench.Time.GetTimestamp());

        Assert.Equal(After, function.RestIfIdle());
        Assert.Single(function.Running);
        bench.Clock.Advance(After);
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    [Fact]
    public async Task RestIfIdle_IdleTierRunning_NeverStops()
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { Idle = new IdleOptions { Tier = Tier.Running } });
        await bench.RunningAsync(function);
        bench.Clock.Advance(After * 10);

        Assert.Null(function.RestIfIdle());
        Assert.Single(function.Running);
    }

    [Fact]
    public async Task Request_WhileStopping_IsServedByTheNextInstance()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        var stop = new TaskCompletionSource();
        bench.Runtime.Stopping = _ => stop.Task;
        var sleep = function.SleepAsync();
        await Eventually.True(() => bench.Runtime.Last.StopCalls == 1, "the stop");

        var request = bench.RequestAsync(function);
        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(SignalKind.Syn)));
        Assert.False(request.IsCompleted);
        Assert.Equal(1, bench.Runtime.Starts);
        stop.SetResult();
        bench.Runtime.Stopping = _ => Task.CompletedTask;

        Assert.True((await FunctionBench.Within(request)).IsRunning);
        await FunctionBench.Within(sleep);
        Assert.Equal(2, bench.Runtime.Starts);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task Syn_WhileStopping_StartsAfterTheStop()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        var stop = new TaskCompletionSource();
        bench.Runtime.Stopping = _ => stop.Task;
        var sleep = function.SleepAsync();

        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(SignalKind.Syn)));
        stop.SetResult();

        await FunctionBench.Within(sleep);
        await Eventually.True(() => function.Running.Count == 1, "the next instance");
    }

    [Fact]
    public async Task Sleep_WhileStarting_LeavesTheStartAlone()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");

        await FunctionBench.Within(function.SleepAsync());
        bench.Runtime.Last.Ready.SetResult();

        Assert.True((await FunctionBench.Within(request)).IsRunning);
    }

    [Fact]
    public async Task Sleep_RequestInFlight_WaitsForItsEnd()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        Assert.True(instance.TryLease());

        var sleep = function.SleepAsync();

        Assert.False(instance.TryLease());
        Assert.False(sleep.IsCompleted);
        Assert.False(bench.Runtime.Last.IsOver);
        instance.Release(bench.Time.GetTimestamp());
        await FunctionBench.Within(sleep);
        Assert.True(bench.Runtime.Last.IsOver);
    }

    [Fact]
    public async Task Sleep_StreamThatNeverEnds_IsCutAfterTheDrainTime()
    {
        // One open stream must not keep every later request waiting for ever.
        var bench = new FunctionBench();
        var function = bench.Make();
        Assert.True((await bench.RunningAsync(function)).TryLease());
        var sleep = function.SleepAsync();
        var request = bench.RequestAsync(function);

        bench.Clock.Advance(FunctionRegistry.DrainTime);

        await FunctionBench.Within(sleep);
        Assert.True((await FunctionBench.Within(request)).IsRunning);
    }

    [Fact]
    public async Task Stop_Fails_GoesOnServingAndDoesNotStartAnother()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        bench.Runtime.Stopping = _ => throw new InvalidOperationException("the engine does not answer");
        var sleep = function.SleepAsync();
        function.Wake(bench.Signal(SignalKind.Syn));
        await FunctionBench.Within(sleep);

        Assert.True(Assert.Single(function.Running).TryLease());
        function.Running[0].Release(bench.Time.GetTimestamp());
        bench.Runtime.Stopping = _ => Task.CompletedTask;
        await FunctionBench.Within(function.SleepAsync());
        await Eventually.True(() => function.Snapshot().Instances.Count == 0, "rest");

        Assert.Equal((function, true), bench.Rests.Last());
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public async Task Stop_FailsAsItDies_IsNotServedFrom()
    {
        for (var round = 0; round < 300; round++)
        {
            var bench = new FunctionBench();
            var function = bench.Make();
            await bench.RunningAsync(function);
            bench.Clock.Advance(BackOff.Young);
            using var together = new Barrier(2);
            bench.Runtime.Stopping = instance =>
            {
                bench.Runtime.Stopping = _ => Task.CompletedTask;
                _ = Task.Factory.StartNew(
                    () =>
                    {
                        together.SignalAndWait();
                        instance.Die("killed");
                    },
                    TaskCreationOptions.LongRunning);
                together.SignalAndWait();
                throw new InvalidOperationException("the engine does not answer");
            };

            await FunctionBench.Within(function.SleepAsync());

            await Eventually.True(() => function.Snapshot().Instances.Count == 0, $"the end in round {round}");
        }
    }

    [Fact]
    public async Task Retire_WhileStarting_ReleasesTheHeldAndStops()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");

        await FunctionBench.Within(function.RetireAsync(stop: true, TimeSpan.FromSeconds(1)));

        Assert.False((await FunctionBench.Within(request)).IsRunning);
        Assert.True(bench.Runtime.Last.IsOver);
        Assert.Equal((function, false), bench.Rests.Last());
    }

    [Fact]
    public async Task Request_AfterRetirement_FailsAtOnce()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        function.Wake(bench.Signal(SignalKind.Syn));
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");
        await FunctionBench.Within(function.RetireAsync(stop: true, TimeSpan.FromSeconds(1)));

        Assert.False((await FunctionBench.Within(bench.RequestAsync(function))).IsRunning);
        Assert.Equal(SignalOutcome.Ignored, function.Wake(bench.Signal(SignalKind.Syn)));
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public async Task Retire_StreamInFlight_IsCutAfterTheDrain()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        Assert.True((await bench.RunningAsync(function)).TryLease());
        var retired = function.RetireAsync(stop: true, TimeSpan.FromSeconds(25));
        Assert.False(retired.IsCompleted);

        bench.Clock.Advance(TimeSpan.FromSeconds(25));

        await FunctionBench.Within(retired);
        Assert.True(bench.Runtime.Last.IsOver);
    }

    [Fact]
    public async Task Retire_NotToStop_LeavesItRunning()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);

        await FunctionBench.Within(function.RetireAsync(stop: false, TimeSpan.FromSeconds(1)));

        Assert.False(bench.Runtime.Last.IsOver);
        Assert.Equal(0, bench.Runtime.Last.StopCalls);
    }

    [Fact]
    public async Task Retire_DuringBackOff_NeverTriesAgain()
    {
        var bench = new FunctionBench();
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        var function = bench.Make();
        await FunctionBench.Within(bench.RequestAsync(function));
        await FunctionBench.Within(bench.RequestAsync(function));

        await FunctionBench.Within(function.RetireAsync(stop: true, TimeSpan.FromSeconds(1)));
        bench.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Single(bench.Runtime.Instances);
        Assert.Equal((function, false), bench.Rests.Last());
    }

    [Fact]
    public async Task Min_Three_AllAreStartedAndTheDeadReplaced()
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Min = 3, Max = 4 } });
        await Eventually.True(() => function.Running.Count == 3, "three instances");
        bench.Clock.Advance(After);
        Assert.Null(function.RestIfIdle());

        bench.Runtime.Last.Die("exit code 1");

        await Eventually.True(() => bench.Runtime.Starts == 4 && function.Running.Count == 3, "the replacement");
        Assert.Empty(bench.ColdStarts.Last(10, null));
    }

    [Fact]
    public async Task ScaleOut_Full_StartsUpToMaxAndRestsAgain()
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 3, Concurrency = 1 } });
        var first = await bench.RunningAsync(function);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(first.TryLease());
        }

        function.Scale();
        await Eventually.True(() => function.Running.Count == 3, "three instances");

        function.Scale();
        Assert.Equal(3, bench.Runtime.Instances.Count);
        for (var i = 0; i < 9; i++)
        {
            first.Release(bench.Time.GetTimestamp());
        }

        bench.Clock.Advance(2 * new ScaleOptions().Window);
        Assert.Equal([first], function.Running);
        Assert.Empty(bench.Runtime.Violations);
    }
}
