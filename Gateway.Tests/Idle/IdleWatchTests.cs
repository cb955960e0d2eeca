using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Tests.Activation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class IdleWatchTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    [Fact]
    public async Task Function_NotUsedForIdleAfter_RestsByItself()
    {
        var (bench, function) = Make(FunctionBench.Options() with { Idle = new IdleOptions { Tier = Tier.Paused, After = TimeSpan.FromSeconds(10) } });
        await bench.RunningAsync(function);

        bench.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(FunctionState.Running, function.Snapshot().State);
        bench.Clock.Advance(TimeSpan.FromSeconds(1) + Tick);

        await Eventually.True(() => function.Snapshot().State == FunctionState.Paused, "rest");
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    public async Task Function_ClockIsSetMeanwhile_RestsByTheTimeThatPassed(int days)
    {
        var passing = new FakeTimeProvider();
        var clock = new ClockThatIsSet(passing);
        var (bench, function) = Make(FunctionBench.Options() with { Idle = new IdleOptions { Tier = Tier.Paused, After = TimeSpan.FromSeconds(10) } }, time: clock);
        await bench.RunningAsync(function);

        passing.Advance(TimeSpan.FromSeconds(5));
        clock.Ahead = TimeSpan.FromDays(days);
        passing.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(FunctionState.Running, function.Snapshot().State);
        passing.Advance(TimeSpan.FromSeconds(1) + Tick);

        await Eventually.True(() => function.Snapshot().State == FunctionState.Paused, "rest");
    }

    [Fact]
    public async Task Auto_PolicyGivesSteps_EachIsTakenAtItsTime()
    {
        var policy = new ScriptedPolicy
        {
            Answer = question => question switch
            {
                { Idle.TotalSeconds: < 10 } => new RestDecision(question.Current, "soon", LookAgain: TimeSpan.FromSeconds(10) - question.Idle),
                { Idle.TotalSeconds: < 60 } => new RestDecision(Tier.Paused, "a while", LookAgain: TimeSpan.FromSeconds(60) - question.Idle),
                _ => new RestDecision(Tier.Stopped, "long"),
            },
        };
        var (bench, function) = Make(FunctionBench.Options(), policy);
        await bench.RunningAsync(function);
        bench.Clock.Advance(TimeSpan.FromMilliseconds(60));
        await Eventually.True(() => policy.Questions.Count == 1, "the first look");

        bench.Clock.Advance(TimeSpan.FromSeconds(10));
        await Eventually.True(() => function.Snapshot().State == FunctionState.Paused, "the first step");
        await TickUntilAsync(bench, () => policy.Questions.Count == 3, "the look at rest");
        bench.Clock.Advance(TimeSpan.FromSeconds(50));

        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "the second step");
        Assert.Equal(Tier.Paused, policy.Questions[2].Current);
    }

    [Fact]
    public async Task Auto_RequestExpected_IsWokenAtItsTime()
    {
        var policy = new ScriptedPolicy { Answer = question => new RestDecision(Tier.Stopped, "hourly", WakeIn: TimeSpan.FromHours(1) - question.Idle) };
        var (bench, function) = Make(FunctionBench.Options(), policy);
        await bench.RunningAsync(function);
        bench.Clock.Advance(TimeSpan.FromMilliseconds(60));
        await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "rest");
        await TickUntilAsync(bench, () => policy.Questions.Count == 2, "the look at rest");

        bench.Clock.Advance(TimeSpan.FromMinutes(58));
        Assert.Equal(1, bench.Runtime.Starts);
        bench.Clock.Advance(TimeSpan.FromMinutes(2));

        await Eventually.True(() => bench.Runtime.Starts == 2, "the expected wake");
    }

    [Fact]
    public async Task Retired_IsForgotten()
    {
        var time = new CountingTime();
        var (bench, function) = Make(FunctionBench.Options(), time: time);
        await bench.RunningAsync(function);
        Assert.Contains(time.Live.Keys, _ => true);

        await FunctionBench.Within(function.RetireAsync(stop: true, TimeSpan.FromSeconds(1)));

        await Eventually.True(() => time.Live.IsEmpty, "the timers' end");
    }

    // What is due at once is due at the next tick after the watch was told, and it is told after the function has changed.
    private static Task TickUntilAsync(FunctionBench bench, Func<bool> condition, string what) => Eventually.True(
        () =>
        {
            bench.Clock.Advance(Tick);
            return condition();
        },
        what);

    private static (FunctionBench Bench, Function Function) Make(FunctionOptions options, IRestPolicy? policy = null, TimeProvider? time = null)
    {
        time ??= new FakeTimeProvider();
        var bench = new FunctionBench(time, policy: policy, observers: new IdleWatch(time));
        return (bench, bench.Make(options));
    }

    // As the kernel's: CLOCK_REALTIME is set, CLOCK_MONOTONIC and its timers go on.
    private sealed class ClockThatIsSet(TimeProvider passing) : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long TimestampFrequency => passing.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => passing.GetUtcNow() + Ahead;

        public override long GetTimestamp() => passing.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            passing.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        public System.Collections.Concurrent.ConcurrentDictionary<object, byte> Live { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Counted(base.CreateTimer(callback, state, dueTime, period), this);
            Live[timer] = 0;
            return timer;
        }

        private sealed class Counted(ITimer inner, CountingTime owner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

            public void Dispose()
            {
                owner.Live.TryRemove(this, out _);
                inner.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                owner.Live.TryRemove(this, out _);
                return inner.DisposeAsync();
            }
        }
    }
}
