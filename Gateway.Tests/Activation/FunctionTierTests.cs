using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Tests.Runtimes;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Resting between stopped and running, and waking from there.</summary>
public sealed class FunctionTierTests
{
    private static readonly TimeSpan After = new IdleOptions().After;

    [Theory]
    [InlineData(Tier.Paused, FunctionState.Paused)]
    [InlineData(Tier.Initialized, FunctionState.Initialized)]
    internal async Task RestIfIdle_FixedTier_RestsThereAndIsTheSameInstanceAfterwards(Tier tier, FunctionState state)
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(tier));
        var instance = await bench.RunningAsync(function);
        bench.Clock.Advance(After);

        function.RestIfIdle();

        await Eventually.True(() => function.Snapshot().State == state, "rest");
        Assert.Empty(function.Running);
        Assert.Equal((function, true), bench.Rests.Last());
        Assert.Equal(instance.Id, Assert.Single(function.Snapshot().Instances).Id);
        Assert.Equal(tier, function.Snapshot().Rest!.Tier);

        Assert.Equal(SignalOutcome.Woke, function.Wake(bench.Signal(SignalKind.Syn)));
        await Eventually.True(() => function.Running.Count == 1, "the wake");
        Assert.Same(instance, function.Running[0]);
        Assert.Equal(tier, instance.ColdStart!.Tier);
        Assert.Equal(2, bench.Runtime.Last.StartCalls);
        Assert.Single(bench.Runtime.Instances);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task Begin_IdleTierInitialized_IsMadeAheadAndWokenByTheFirstSignal()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Initialized));
        await Eventually.True(() => function.Snapshot().State == FunctionState.Initialized, "rest");
        Assert.Equal((function, true), bench.Rests.Last());

        var instance = await bench.RunningAsync(function);

        Assert.Equal(Tier.Initialized, instance.ColdStart!.Tier);
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public async Task Begin_MakingAheadFails_StartsFromNothingOnDemandAndIsNotTriedAgainUntilThen()
    {
        var bench = new FunctionBench();
        bench.Runtime.Resting = (_, _) => throw new RuntimeException("no room");
        var function = bench.Make(Resting(Tier.Initialized));
        await Eventually.True(() => bench.Runtime.Instances.Any(made => made.IsOver) && function.Snapshot().Instances.Count == 0, "the end of what could not be made");
        Assert.Equal((function, true), bench.Rests.Last());
        Assert.Single(bench.Runtime.Instances);
        bench.Runtime.Resting = (_, _) => Task.CompletedTask;

        var instance = await bench.RunningAsync(function);

        Assert.Equal(Tier.Stopped, instance.ColdStart!.Tier);
        Assert.True(bench.Runtime.Instances.First().IsOver);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task RestIfIdle_PolicySaysPausedThenStopped_GoesDeeperInSteps()
    {
        var policy = new ScriptedPolicy();
        var bench = new FunctionBench(policy: policy);
        var function = bench.Make();
        await bench.RunningAsync(function);
        policy.Answer = question => new RestDecision(question.Current == Tier.Running ? Tier.Paused : Tier.Stopped, $"from {question.Current}", LookAgain: TimeSpan.FromMinutes(1));

        Assert.Null(function.RestIfIdle());
        await Eventually.True(() => function.Snapshot().State == FunctionState.Paused, "paused");
        Assert.Equal("from Running", function.Snapshot().Rest!.Reason);
        Assert.Equal((function, true), bench.Rests.Last());
        function.RestIfIdle();

        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "stopped");
        Assert.Equal("from Paused", function.Snapshot().Rest!.Reason);
        Assert.True(bench.Runtime.Last.IsOver);
        Assert.Equal([Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running], policy.Questions[0].Tiers);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task RestIfIdle_PolicySaysStay_LooksAgainWhenItSays()
    {
        var policy = new ScriptedPolicy { Answer = question => new RestDecision(question.Current, "stays", LookAgain: TimeSpan.FromSeconds(7)) };
        var bench = new FunctionBench(policy: policy);
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        bench.Clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(7), function.RestIfIdle());
        Assert.True(instance.TryLease());
        Assert.Equal(TimeSpan.FromSeconds(7), function.RestIfIdle());

        Assert.Equal(TimeSpan.FromSeconds(3), Assert.Single(policy.Questions).Idle);
        Assert.Single(function.Running);
    }

    [Fact]
    public async Task RestIfIdle_PolicyExpectsARequest_WakesBeforeItWithNobodyWaiting()
    {
        var policy = new ScriptedPolicy { Answer = _ => new RestDecision(Tier.Stopped, "comes every ten minutes", WakeIn: TimeSpan.FromMinutes(9)) };
        var bench = new FunctionBench(policy: policy);
        var function = bench.Make();
        await bench.RunningAsync(function);
        function.RestIfIdle();
        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "rest");
        policy.Answer = _ => new RestDecision(Tier.Stopped, "nothing new");
        bench.Clock.Advance(TimeSpan.FromMinutes(8));
        Assert.Equal(TimeSpan.FromMinutes(1), NextWithoutAsking(policy, function));

        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        function.RestIfIdle();

        await Eventually.True(() => function.Running.Count == 1, "the expected wake");
        Assert.Null(function.PendingColdStart);
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Theory]
    [InlineData(SignalKind.Syn)]
    [InlineData(SignalKind.Established)]
    [InlineData(SignalKind.ClientHello)]
    [InlineData(SignalKind.Request)]
    internal async Task Signal_WhileItIsBeingPaused_EndsInARunningFunction(SignalKind signal)
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        var instance = await bench.RunningAsync(function);
        var pause = new TaskCompletionSource();
        bench.Runtime.Resting = (_, _) => pause.Task;
        var sleep = function.SleepAsync();
        Assert.Equal(FunctionState.Draining, function.Snapshot().State);
        Assert.Equal((function, true), bench.Rests.Last()); // so the kernel is asked for SYNs

        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(signal)));
        Assert.Empty(function.Running);
        pause.SetResult();

        await FunctionBench.Within(sleep);
        await Eventually.True(() => function.Running.Count == 1, "the wake");
        Assert.Same(instance, function.Running[0]);
        Assert.Equal(Tier.Paused, instance.ColdStart!.Tier);
        Assert.Equal(2, bench.Runtime.Last.StartCalls);
    }

    [Fact]
    public async Task Pause_Fails_GoesOnServing()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        var instance = await bench.RunningAsync(function);
        bench.Runtime.Resting = (_, _) => throw new RuntimeException("the engine does not answer");

        await FunctionBench.Within(function.SleepAsync());

        Assert.Same(instance, Assert.Single(function.Running));
        Assert.True(instance.TryLease());
        Assert.Equal(1, bench.Runtime.Last.StartCalls);
    }

    [Fact]
    public async Task Pause_FailsBecauseItDied_IsGoneAndStartsAnew()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        bench.Runtime.Resting = (instance, _) =>
        {
            instance.Die("killed");
            throw new RuntimeException("it is not there");
        };

        await FunctionBench.Within(function.SleepAsync());

        Assert.Equal(FunctionState.Stopped, function.Snapshot().State);
        await bench.RunningAsync(function);
        Assert.Equal(2, bench.Runtime.Starts);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task StopOfAPausedOne_Fails_StaysPausedAndWakes()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        await FunctionBench.Within(function.SleepAsync());
        bench.Runtime.Stopping = _ => throw new RuntimeException("the engine does not answer");

        await FunctionBench.Within(function.SleepAsync(Tier.Stopped));

        Assert.Equal(FunctionState.Paused, function.Snapshot().State);
        Assert.Equal((function, true), bench.Rests.Last());
        await bench.RunningAsync(function);
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public async Task Death_WhilePaused_IsNoticedAndFailsNobody()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        await FunctionBench.Within(function.SleepAsync());

        bench.Runtime.Last.Die("killed");

        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "the end");
        Assert.Equal((function, true), bench.Rests.Last());
        var instance = await bench.RunningAsync(function);
        Assert.Equal(Tier.Stopped, instance.ColdStart!.Tier);
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Fact]
    public async Task Death_AfterManyRests_IsNoticedOnce()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        for (var i = 0; i < 20; i++)
        {
            await bench.RunningAsync(function);
            await FunctionBench.Within(function.SleepAsync());
        }

        Assert.Equal(20, bench.Runtime.Last.StartCalls);
        bench.Runtime.Last.Die("killed");
        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "the end");

        await bench.RunningAsync(function);
        Assert.Equal(2, bench.Runtime.Instances.Count);
    }

    [Fact]
    public async Task Wake_WhatWasPausedIsBroken_StartsAnewAndTheHeldAreServed()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        await FunctionBench.Within(function.SleepAsync());
        var broken = bench.Runtime.Last;
        bench.Runtime.Starting = (instance, _) => instance == broken ? throw new RuntimeException("it was removed") : Task.CompletedTask;

        var arrival = await FunctionBench.Within(bench.RequestAsync(function));

        Assert.True(arrival.IsRunning, arrival.Failure);
        Assert.True(broken.IsOver);
        Assert.Equal(Tier.Stopped, Assert.Single(function.Running).ColdStart!.Tier);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task Death_WhileItIsWoken_StartsAnewAndTheHeldAreServed()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make(Resting(Tier.Paused));
        var first = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");
        var old = bench.Runtime.Last;
        old.Ready.SetResult();
        await FunctionBench.Within(first);
        await FunctionBench.Within(function.SleepAsync());
        bench.Runtime.Starting = async (instance, cancellation) =>
        {
            if (instance == old)
            {
                instance.Die("killed");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }
        };
        bench.ReadyAtOnce = true;

        Assert.True((await FunctionBench.Within(bench.RequestAsync(function))).IsRunning);
        Assert.Equal(2, bench.Runtime.Instances.Count);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task Update_OtherProgramWhilePaused_EndsThePausedOne()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        await FunctionBench.Within(function.SleepAsync());

        function.Update(Resting(Tier.Paused).WithProcess(run => run with { Command = ["y"] }));

        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "the end");
        Assert.True(bench.Runtime.Last.IsOver);
    }

    [Fact]
    public async Task Update_OtherProgramWhileItIsBeingPaused_EndsIt()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        var pause = new TaskCompletionSource();
        bench.Runtime.Resting = (_, _) => pause.Task;
        var sleep = function.SleepAsync();

        function.Update(Resting(Tier.Paused).WithProcess(run => run with { Command = ["y"] }));
        var request = bench.RequestAsync(function);
        pause.SetResult();

        Assert.True((await FunctionBench.Within(request)).IsRunning);
        await FunctionBench.Within(sleep);
        Assert.Equal(["y"], ((FakeInstance)Assert.Single(function.Running).Runtime!).Function.Process().Command);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retire_PausedOrOnTheWay_StopsIt(bool onTheWay)
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused));
        await bench.RunningAsync(function);
        var pause = new TaskCompletionSource();
        bench.Runtime.Resting = (_, _) => onTheWay ? pause.Task : Task.CompletedTask;
        var sleep = function.SleepAsync();
        if (!onTheWay)
        {
            await FunctionBench.Within(sleep);
        }

        var retired = function.RetireAsync(stop: true, TimeSpan.FromSeconds(1));
        pause.SetResult();

        await FunctionBench.Within(retired);
        Assert.True(bench.Runtime.Last.IsOver);
    }

    [Fact]
    public async Task Adopt_Paused_RestsAndIsWokenByTheFirstSignal()
    {
        var bench = new FunctionBench();
        var function = new Function(0, Resting(Tier.Paused), bench.Services);
        var left = (FakeInstance)await bench.Runtime.CreateAsync(function.Options, default);
        await left.StartAsync(default);
        await left.RestAsync(Tier.Paused, default);

        function.Adopt(left);
        function.Open();
        Assert.Equal(FunctionState.Paused, function.Snapshot().State);
        Assert.Equal((function, true), bench.Rests.Last());
        var instance = await bench.RunningAsync(function);

        Assert.Equal(left.Id, instance.Id);
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public async Task ScaleOut_OneIsPaused_WakesItInsteadOfAnother()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Resting(Tier.Paused) with { Scale = new ScaleOptions { Max = 2, Concurrency = 1 } });
        var first = await bench.RunningAsync(function);
        Assert.True(first.TryLease() && first.TryLease());
        function.Scale();
        await Eventually.True(() => function.Running.Count == 2, "two");
        var second = function.Running.Single(instance => instance != first);
        first.Release(bench.Time.GetTimestamp());
        bench.Clock.Advance(2 * new ScaleOptions().Window);
        await Eventually.True(() => second.State == InstanceState.Paused, "the second's rest");

        for (var i = 0; i < 9; i++)
        {
            Assert.True(first.TryLease());
        }

        function.Scale();
        bench.Clock.Advance(TimeSpan.FromSeconds(2));

        await Eventually.True(() => function.Running.Count == 2, "two again");
        Assert.Equal(2, bench.Runtime.Instances.Count);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task OpenConnections_LastOneCloses_IsLookedAtAgain()
    {
        var watch = new RestDue();
        var bench = new FunctionBench(observers: watch);
        var function = bench.Make();
        await bench.RunningAsync(function);
        function.Connected();
        function.Connected();
        await Eventually.True(() => watch.Count == 1, "told of the instance that serves");
        bench.Clock.Advance(After);

        function.RestIfIdle();
        await Eventually.True(() => watch.Count == 2, "told of the rest");
        Assert.Equal(FunctionState.Paused, function.Snapshot().State);
        function.RestIfIdle();
        Assert.Equal(FunctionState.Paused, function.Snapshot().State);
        Assert.Contains("2 client connections", function.Snapshot().Rest!.Reason, StringComparison.Ordinal);
        function.Disconnected();
        Assert.Equal(2, watch.Count);
        function.Disconnected();
        Assert.Equal(3, watch.Count);
        function.RestIfIdle();

        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "stopped");
    }

    [Fact]
    public async Task Policy_IsToldOfWakesWindowsAndArrivals()
    {
        var policy = new ScriptedPolicy();
        var bench = new FunctionBench(policy: policy);
        var function = bench.Make();
        function.Wake(bench.Signal(SignalKind.Syn));
        await Eventually.True(() => function.Running.Count == 1, "running");
        bench.Clock.Advance(TimeSpan.FromMilliseconds(50));
        var cold = function.PendingColdStart!;
        cold.NoteRequest(bench.Time.GetTimestamp());
        function.NoteArrival(bench.Time.GetTimestamp());
        function.NoteArrival(bench.Time.GetTimestamp());
        function.Served(cold, bench.Time.GetTimestamp());
        function.Served(cold, bench.Time.GetTimestamp());

        Assert.Equal([(Tier.Stopped, TimeSpan.Zero)], policy.Wakes);
        // A cold start's times are nanoseconds, which the fake clock's are not.
        Assert.Equal(SignalKind.Syn, Assert.Single(policy.Windows).Signal);
        Assert.Single(policy.Arrivals);
    }

    private static FunctionOptions Resting(Tier tier) => FunctionBench.Options() with { Idle = new IdleOptions { Tier = tier } };

    // Another look, that the policy is not to hear of: what it said of the expected request stays.
    private static TimeSpan? NextWithoutAsking(ScriptedPolicy policy, Function function)
    {
        var answer = policy.Answer;
        policy.Answer = _ => new RestDecision(Tier.Stopped, "comes every ten minutes", WakeIn: TimeSpan.FromMinutes(1));
        var next = function.RestIfIdle();
        policy.Answer = answer;
        return next;
    }

    /// <summary>Counts how often a function says that its rest is to be decided.</summary>
    private sealed class RestDue : IFunctionObserver
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void OnInstances(Function function)
        {
        }

        public void OnRest(Function function, bool atRest)
        {
        }

        public void OnRestDue(Function function) => Interlocked.Increment(ref _count);
    }
}
