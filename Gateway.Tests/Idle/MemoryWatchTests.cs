using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Tests.Activation;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class MemoryWatchTests : IDisposable
{
    private readonly PolicyBench _policy = new();
    private readonly FunctionBench _bench;
    private readonly MemoryWatch _watch;
    private long? _budget = 1000;
    private int _measured;

    public MemoryWatchTests()
    {
        _watch = new MemoryWatch(_policy.Policy, () => _budget, _ => 60 + (0 * Interlocked.Increment(ref _measured)), new Gateway.Telemetry.GatewayMetrics(Prometheus.Metrics.NewCustomRegistry()), _policy.Clock, NullLogger.Instance);
        _bench = new FunctionBench(_policy.Clock, policy: _policy.Policy, observers: _watch);
    }

    public void Dispose() => _watch.Dispose();

    [Fact]
    public async Task Timer_OverBudget_TheLeastLikelyIsPausedThenStoppedAndNoOtherIsTouched()
    {
        var seldom = await RunAsync("seldom", TimeSpan.FromMinutes(3));
        var often = await RunAsync("often", TimeSpan.FromSeconds(20));

        _budget = 100;

        await SecondsUntil(() => State(seldom) == FunctionState.Paused);
        await SecondsUntil(() => State(seldom) == FunctionState.Stopped);

        Assert.Equal(FunctionState.Running, State(often));
        await SecondsAsync(30);
        Assert.Equal(FunctionState.Running, State(often));
        Assert.Empty(_bench.Runtime.Violations);
    }

    [Fact]
    public async Task Timer_ARestingOneIsEnough_TheRunningOneIsNotPaused()
    {
        var resting = await RunAsync("resting", TimeSpan.FromSeconds(20));
        var running = await RunAsync("running", TimeSpan.FromMinutes(3));
        await FunctionBench.Within(resting.SleepAsync(Tier.Paused));
        Assert.Equal(FunctionState.Paused, State(resting));

        _budget = 100;

        await SecondsUntil(() => State(resting) == FunctionState.Stopped);
        Assert.Equal(FunctionState.Running, State(running));
    }

    [Fact]
    public async Task Timer_AllInUse_NothingIsTouched()
    {
        var a = await RunAsync("a", TimeSpan.FromSeconds(20));
        var b = await RunAsync("b", TimeSpan.FromSeconds(20));
        Assert.True(a.Running[0].TryLease());
        Assert.True(b.Running[0].TryLease());
        _budget = 100;

        await SecondsAsync(30);

        Assert.Equal((FunctionState.Running, FunctionState.Running), (State(a), State(b)));
        Assert.NotEqual(0, Volatile.Read(ref _measured));
    }

    [Fact]
    public async Task Timer_FixedTier_IsTheUsersToKeep()
    {
        await RunAsync("often", TimeSpan.FromSeconds(20));
        var kept = await RunAsync("kept", TimeSpan.FromMinutes(3), new IdleOptions { Tier = Tier.Running });
        _budget = 100;

        await SecondsAsync(30);

        Assert.Equal(FunctionState.Running, State(kept));
    }

    [Fact]
    public async Task Timer_NoBudget_MeasuresNothing()
    {
        _budget = null;
        await RunAsync("a", TimeSpan.FromSeconds(20));
        await SecondsAsync(30);

        Assert.Equal(0, _measured);
    }

    [Fact]
    public async Task Timer_NothingChanges_MeasuresNowAndThen()
    {
        await RunAsync("a", TimeSpan.FromSeconds(20));
        await SecondsAsync(5);
        var before = Volatile.Read(ref _measured);

        await SecondsAsync(100);

        Assert.InRange(Volatile.Read(ref _measured) - before, 5, 12);
    }

    private static FunctionState State(Function function) => function.Snapshot().State;

    private async Task<Function> RunAsync(string name, TimeSpan gap, IdleOptions? idle = null)
    {
        var function = _bench.Make(FunctionBench.Options(name) with { Idle = idle ?? new IdleOptions { After = TimeSpan.FromHours(1) } });
        await _bench.RunningAsync(function);
        for (var i = 0; i < 12; i++)
        {
            _policy.Clock.Advance(gap);
            function.NoteArrival(_policy.Clock.GetTimestamp());
        }

        return function;
    }

    private async Task SecondsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _policy.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private Task SecondsUntil(Func<bool> condition) =>
        Eventually.True(
            () =>
            {
                var done = condition();
                if (!done)
                {
                    _policy.Clock.Advance(TimeSpan.FromSeconds(1));
                }

                return done;
            },
            "the tier");
}
