using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Instances that others start and move.</summary>
public sealed class FunctionFoundTests
{
    private readonly FunctionBench _bench = new() { ReadyAtOnce = false };

    [Fact]
    public async Task TryTake_OneThatRuns_ServesOnceItAnswersAndIsNoMeasuredWake()
    {
        var policy = new ScriptedPolicy();
        var bench = new FunctionBench(policy: policy) { ReadyAtOnce = false };
        var answer = bench.Reprobe();
        var function = bench.Make();
        var found = await RunningAsync(bench);

        Assert.True(function.TryTake(FunctionBench.Options(), found));
        var request = bench.RequestAsync(function);

        Assert.Equal(FunctionState.Starting, function.State);
        Assert.False(request.IsCompleted);
        answer.TrySetResult();
        Assert.True((await FunctionBench.Within(request)).IsRunning);
        Assert.Same(found, Assert.Single(function.Running).Runtime);
        Assert.Empty(policy.Wakes);
        Assert.Empty(bench.ColdStarts.Last(10, null));
        Assert.Equal(TimeSpan.Zero, function.TypicalStart);
    }

    [Fact]
    public async Task TryTake_OneThatNeverAnswers_IsEndedAsAStartThatFailed()
    {
        _bench.Reprobe();
        var function = _bench.Make();
        var found = await RunningAsync(_bench);
        Assert.True(function.TryTake(FunctionBench.Options(), found));
        var request = _bench.RequestAsync(function);
        await Eventually.True(() => found.StartCalls == 2);

        _bench.Clock.Advance(function.Options.Ready.Timeout + TimeSpan.FromSeconds(1));

        Assert.False((await FunctionBench.Within(request)).IsRunning);
        await Eventually.True(() => found.IsOver);
    }

    [Fact]
    public async Task TryTake_OneOfAnotherProgramWhileTheScaleWantsOne_TheNewOneIsMadeForItself()
    {
        _bench.ReadyAtOnce = true;
        _bench.Runtime.Starting = (_, _) => throw new RuntimeException("not now");
        var function = _bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Min = 1, Max = 2 } });
        await Eventually.True(() => function.State == FunctionState.Failed);
        _bench.Runtime.Starting = (_, _) => Task.CompletedTask;
        var found = await RunningAsync(_bench);
        await found.RestAsync(Tier.Paused, CancellationToken.None);

        Assert.True(function.TryTake(FunctionBench.Options() with { Run = new ProcessRunOptions { Command = ["older"] } }, found));

        await Eventually.True(() => function.State == FunctionState.Running && found.IsOver);
        Assert.NotSame(found, Assert.Single(function.Running).Runtime);
        Assert.Empty(_bench.Runtime.Violations);
    }

    [Fact]
    public async Task TryTake_BeyondTheScale_IsRefused()
    {
        _bench.ReadyAtOnce = true;
        var function = _bench.Make();
        await _bench.RunningAsync(function);

        Assert.False(function.TryTake(FunctionBench.Options(), await RunningAsync(_bench)));
    }

    [Fact]
    public async Task TryTake_InBackOff_IsAFreshTry()
    {
        _bench.ReadyAtOnce = true;
        _bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        var function = _bench.Make();
        await FunctionBench.Within(_bench.RequestAsync(function));
        await Eventually.True(() => function.Snapshot().Instances.Count == 0);
        _bench.Runtime.Starting = (_, _) => Task.CompletedTask;

        Assert.True(function.TryTake(FunctionBench.Options(), await RunningAsync(_bench)));

        Assert.True((await FunctionBench.Within(_bench.RequestAsync(function))).IsRunning);
    }

    [Fact]
    public async Task TryMove_FrozenWhileNobodyUsesIt_RestsAndARequestWakesIt()
    {
        _bench.ReadyAtOnce = true;
        var function = _bench.Make();
        var instance = await _bench.RunningAsync(function);

        Assert.True(function.TryMove(instance.Runtime!, Tier.Paused));

        Assert.Equal(FunctionState.Paused, function.State);
        Assert.Equal((function, true), _bench.Rests.Last());
        Assert.Same(instance, await _bench.RunningAsync(function));
    }

    [Fact]
    public async Task TryMove_FrozenInUse_IsRefusedAndServesOn()
    {
        _bench.ReadyAtOnce = true;
        var function = _bench.Make();
        var instance = await _bench.RunningAsync(function);
        Assert.True(instance.TryLease());

        Assert.False(function.TryMove(instance.Runtime!, Tier.Paused));

        Assert.Equal(FunctionState.Running, function.State);
        Assert.True(instance.TryLease());
    }

    [Fact]
    public async Task TryMove_LetGoOn_ServesAndRestsAgainByIdleAfter()
    {
        _bench.ReadyAtOnce = true;
        var function = _bench.Make();
        var instance = await _bench.RunningAsync(function);
        await FunctionBench.Within(function.SleepAsync(Tier.Paused));

        Assert.True(function.TryMove(instance.Runtime!, Tier.Running));

        await Eventually.True(() => function.Running.Count == 1);
        Assert.Equal(function.Options.Idle.After, function.RestIfIdle());
        _bench.Clock.Advance(function.Options.Idle.After);
        function.RestIfIdle();
        await Eventually.True(() => function.State == FunctionState.Stopped);
    }

    [Fact]
    public async Task TryMove_WhileTheScaleWantsItRunning_IsWokenAtOnce()
    {
        _bench.ReadyAtOnce = true;
        var function = _bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Min = 1 } });
        await Eventually.True(() => function.Running.Count == 1);
        var instance = function.Running[0];

        Assert.True(function.TryMove(instance.Runtime!, Tier.Paused));

        await Eventually.True(() => function.Running is [var only] && only == instance);
    }

    private static async Task<FakeInstance> RunningAsync(FunctionBench bench)
    {
        var found = (FakeInstance)await bench.Runtime.CreateAsync(FunctionBench.Options(), default);
        await found.StartAsync(default);
        return found;
    }
}
