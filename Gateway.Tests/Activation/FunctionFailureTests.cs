using Gateway.Activation;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class FunctionFailureTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    [Fact]
    public async Task Exit_WhileStarting_FailsTheHeldAtOnce()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        var requests = Enumerable.Range(0, 20).Select(_ => bench.RequestAsync(function)).ToArray();
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");

        bench.Runtime.Last.Die("exit code 3; its last words: no such table");
        var arrivals = await FunctionBench.Within(Task.WhenAll(requests));

        Assert.All(arrivals, arrival => Assert.Contains("no such table", arrival.Failure, StringComparison.Ordinal));
        Assert.All(arrivals, arrival => Assert.Equal(BackOff.First, arrival.RetryAfter));
        await Eventually.True(() => function.Snapshot().Instances.Count == 0, "the end");
        Assert.Equal(FunctionState.Failed, function.Snapshot().State);
        Assert.Equal("Failed", bench.ColdStarts.Last(1, null)[0].Outcome.ToString());
    }

    [Fact]
    public async Task Start_Throws_FailsTheHeldWithItsReason()
    {
        var bench = new FunctionBench();
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("Gateway:Functions:hello:Image: there is no such image.");

        var arrival = await FunctionBench.Within(bench.RequestAsync(bench.Make()));

        Assert.Contains("no such image", arrival.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ThrowsWhileTheProbeWaits_DoesNotWaitForTheTimeLimit()
    {
        var bench = new FunctionBench(readiness: new NeverReady());
        bench.Runtime.Starting = async (_, _) =>
        {
            await Task.Yield();
            throw new RuntimeException("it broke");
        };

        Assert.False((await FunctionBench.Within(bench.RequestAsync(bench.Make()))).IsRunning);
    }

    [Fact]
    public async Task Start_NeverReady_FailsAfterReadyTimeout()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");

        bench.Clock.Advance(function.Options.Ready.Timeout);

        Assert.Contains("Ready:Timeout", (await FunctionBench.Within(request)).Failure, StringComparison.Ordinal);
        await Eventually.True(() => bench.Runtime.Last.IsOver, "the stop");
    }

    [Fact]
    public async Task Create_Hangs_FailsAfterReadyTimeout()
    {
        var bench = new FunctionBench();
        bench.Runtime.Creating = (_, cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => !bench.Runtime.Instances.IsEmpty, "the create");

        bench.Clock.Advance(function.Options.Ready.Timeout);

        Assert.Contains("Ready:Timeout", (await FunctionBench.Within(request)).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadyTimeout_FiresAfterTheStartEnded_IsHarmless()
    {
        // A timer that is disposed may still call back; what it cancels is disposed by then.
        var time = new LateTimers();
        var bench = new FunctionBench(time);
        await bench.RunningAsync(bench.Make());
        await Eventually.True(() => !time.Callbacks.IsEmpty, "the timer");

        Assert.All(time.Callbacks, late => late());
    }

    [Fact]
    public async Task BackOff_NobodyAsks_DoesNotTryAgain()
    {
        var (bench, function) = await FailedAsync();

        for (var i = 0; i < 600; i++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(bench.Runtime.Instances);
        Assert.Equal((function, true), bench.Rests.Last());
    }

    [Fact]
    public async Task BackOff_SignalMeanwhile_AnsweredAtOnceAndTriedOnceAfter()
    {
        var (bench, function) = await FailedAsync();
        Assert.Equal((function, false), bench.Rests.Last());
        bench.Clock.Advance(TimeSpan.FromMilliseconds(200));

        Assert.Equal(SignalOutcome.BackOff, function.Wake(bench.Signal(SignalKind.Syn)));
        var arrival = await FunctionBench.Within(bench.RequestAsync(function));
        Assert.False(arrival.IsRunning);
        Assert.InRange(arrival.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(300));
        Assert.Single(bench.Runtime.Instances);

        bench.Clock.Advance(arrival.RetryAfter + Tick);
        await Eventually.True(() => bench.Runtime.Instances.Count == 2, "the second try");
        await EndedAsync(function);
        bench.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(2, bench.Runtime.Instances.Count);
    }

    [Fact]
    public async Task BackOff_TimerComesTooEarly_StillTellsRest()
    {
        var bench = new FunctionBench(new EarlyTimers());
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        var function = bench.Make();
        await FunctionBench.Within(bench.RequestAsync(function));
        await EndedAsync(function);

        bench.Clock.Advance(BackOff.First - TimeSpan.FromMilliseconds(2));
        bench.Clock.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal((function, true), bench.Rests.Last());
    }

    [Fact]
    public async Task BackOff_FailsAgainAndAgain_WaitsDoubleToAMinute()
    {
        var (bench, function) = await FailedAsync();
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 10; i++)
        {
            bench.Clock.Advance(BackOff.Longest + Tick);
            waits.Add((await FunctionBench.Within(bench.RequestAsync(function))).RetryAfter);
            await EndedAsync(function);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60, 60], waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task BackOff_ThenAStartThatHolds_BeginsAnew()
    {
        var (bench, function) = await FailedAsync();
        bench.Runtime.Starting = (_, _) => Task.CompletedTask;
        bench.Clock.Advance(BackOff.First + Tick);
        await bench.RunningAsync(function);
        bench.Clock.Advance(BackOff.Young);
        await FunctionBench.Within(function.SleepAsync());

        bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        var arrival = await FunctionBench.Within(bench.RequestAsync(function));

        Assert.Equal(BackOff.First, arrival.RetryAfter);
    }

    [Fact]
    public async Task Death_Young_BacksOffForHandshakesAndAfterOneMoreStartForRequests()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);

        bench.Runtime.Last.Die(exitCode: 1);
        await EndedAsync(function);

        Assert.Equal(SignalOutcome.BackOff, function.Wake(bench.Signal(SignalKind.Syn)));
        await bench.RunningAsync(function);
        Assert.Equal(2, bench.Runtime.Starts);

        bench.Runtime.Last.Die(exitCode: 1);
        await EndedAsync(function);

        Assert.False((await FunctionBench.Within(bench.RequestAsync(function))).IsRunning);
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Theory]
    [InlineData(137)]
    [InlineData(143)]
    [InlineData(129)]
    public async Task Death_YoungByOthers_IsNoFailureHoweverOften(int exitCode)
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        for (var i = 1; i <= 4; i++)
        {
            await bench.RunningAsync(function);
            Assert.Equal(i, bench.Runtime.Starts);

            bench.Runtime.Last.Die(exitCode);
            await EndedAsync(function);

            Assert.Equal((function, true), bench.Rests.Last());
            Assert.Null(function.Snapshot().Failure);
        }
    }

    [Theory]
    [InlineData(139)]
    [InlineData(134)]
    [InlineData(0)]
    public async Task Death_YoungOfItsOwn_IsAFailureTheSecondTime(int exitCode)
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        for (var i = 0; i < 2; i++)
        {
            await bench.RunningAsync(function);
            bench.Runtime.Last.Die(exitCode);
            await EndedAsync(function);
        }

        Assert.False((await FunctionBench.Within(bench.RequestAsync(function))).IsRunning);
    }

    [Fact]
    public async Task Exit_WhileStartingByOthers_IsStartedOnceMore()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");

        bench.Runtime.Last.Die(exitCode: 137);
        await Eventually.True(() => bench.Runtime.Starts == 2, "the second start");
        Assert.False(request.IsCompleted);

        bench.Runtime.Last.Die(exitCode: 137);
        Assert.False((await FunctionBench.Within(request)).IsRunning);
    }

    [Fact]
    public async Task Death_Old_StartsAtTheNextSignal()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        bench.Clock.Advance(BackOff.Young);

        bench.Runtime.Last.Die("exit code 1");
        await EndedAsync(function);

        Assert.Equal((function, true), bench.Rests.Last());
        await bench.RunningAsync(function);
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Fact]
    public async Task Death_WithARequestInside_IsCleanedUpAndServesAgain()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        Assert.True(instance.TryLease());
        bench.Clock.Advance(BackOff.Young);

        bench.Runtime.Last.Die("exit code 1");
        await EndedAsync(function);

        await bench.RunningAsync(function);
        instance.Release(bench.Time.GetTimestamp());
        Assert.Equal(0, instance.InFlight);
    }

    [Fact]
    public async Task ScaleOut_Fails_IsNotTriedWithEveryRequest()
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 3, Concurrency = 1 } });
        var instance = await bench.RunningAsync(function);
        Assert.True(instance.TryLease() && instance.TryLease());
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("no room");

        for (var i = 0; i < 50; i++)
        {
            function.Scale();
            await Eventually.True(() => function.Snapshot().Instances.Count == 1, "the end of a try");
        }

        Assert.Equal(2, bench.Runtime.Instances.Count);
        Assert.Single(function.Running);
    }

    [Fact]
    public async Task Budget_ManyFailures_AllPlacesComeBack()
    {
        var bench = new FunctionBench(budget: new BudgetOptions { Concurrent = 2 });
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        for (var i = 0; i < 10; i++)
        {
            await FunctionBench.Within(bench.RequestAsync(bench.Make(FunctionBench.Options($"f{i}"))));
        }

        bench.Runtime.Starting = (_, _) => Task.CompletedTask;
        await bench.RunningAsync(bench.Make(FunctionBench.Options("good")));
    }

    private static async Task<(FunctionBench Bench, Function Function)> FailedAsync()
    {
        var bench = new FunctionBench();
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        var function = bench.Make();
        Assert.False((await FunctionBench.Within(bench.RequestAsync(function))).IsRunning);
        await EndedAsync(function);
        return (bench, function);
    }

    private static Task EndedAsync(Function function) =>
        Eventually.True(() => function.Snapshot().Instances.Count == 0, "the end");

    /// <summary>A readiness to which no instance ever becomes ready.</summary>
    private sealed class NeverReady : IReadiness, IReadinessWatch
    {
        public IReadinessWatch Watch(IInstance instance, FunctionOptions function) => this;

        public async Task<ReadyTimes> WaitAsync(Task started, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return default;
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Timers that fire a few milliseconds early, as those of the coarse system clock do.</summary>
    private sealed class EarlyTimers : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.FromMilliseconds(5) ? dueTime - TimeSpan.FromMilliseconds(4) : dueTime, period);
    }

    /// <summary>Keeps every callback, so that a test can call it after the timer was disposed.</summary>
    private sealed class LateTimers : FakeTimeProvider
    {
        public System.Collections.Concurrent.ConcurrentQueue<Action> Callbacks { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Callbacks.Enqueue(() => callback(state));
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
