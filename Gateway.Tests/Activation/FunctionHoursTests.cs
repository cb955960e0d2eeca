using System.Globalization;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Functions that are kept running, or may not run, at the hours of their schedule.</summary>
public sealed class FunctionHoursTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly FunctionBench _bench = new(new FakeTimeProvider(DateTimeOffset.Parse("2026-06-24T07:00:00Z", CultureInfo.InvariantCulture)));

    [Fact]
    public async Task Up_Begins_StartsItAndItStaysUntilTheEnd()
    {
        var function = Make(ScheduleIs.Up);
        Assert.Empty(function.Running);

        _bench.Clock.Advance(s_hour + TimeSpan.FromSeconds(1));
        await Eventually.True(() => function.Running.Count == 1, "the start");
        Assert.Equal("Idle:Schedule keeps it running until 2026-06-24 09:00 +00:00.", function.Snapshot().Rest?.Reason);
        _bench.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.Null(function.RestIfIdle());
        Assert.Single(function.Running);

        _bench.Clock.Advance(TimeSpan.FromMinutes(10));
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    [Fact]
    public async Task Down_Begins_DrainsItAndNothingWakesIt()
    {
        var function = Make(ScheduleIs.Down);
        var instance = await _bench.RunningAsync(function);
        Assert.True(instance.TryLease());

        _bench.Clock.Advance(s_hour + TimeSpan.FromSeconds(1));
        Assert.Empty(function.Running);
        Assert.False(_bench.Runtime.Last.IsOver);
        instance.Release(_bench.Time.GetTimestamp());
        await Eventually.True(() => _bench.Runtime.Last.IsOver, "the stop");

        Assert.Equal(SignalOutcome.Ignored, function.Wake(_bench.Signal(SignalKind.Syn)));
        var refused = await FunctionBench.Within(_bench.RequestAsync(function));
        Assert.Equal(("Idle:Schedule has it down until 2026-06-24 09:00 +00:00.", StartFailureCause.Shut), (refused.Failure, refused.Cause));
        Assert.InRange(refused.RetryAfter, s_hour - TimeSpan.FromSeconds(2), s_hour);
        Assert.Equal((function, false), _bench.Rests.Last());

        _bench.Clock.Advance(s_hour);
        Assert.Equal((function, true), _bench.Rests.Last());
        Assert.True((await FunctionBench.Within(_bench.RequestAsync(function))).IsRunning);
    }

    [Fact]
    public async Task Down_BeginsWhileARequestWaits_AnswersItAndCallsTheStartOff()
    {
        _bench.ReadyAtOnce = false;
        // The clock goes on by more than a start may take otherwise.
        var function = Make(ScheduleIs.Down, options => options with { Ready = new ReadyOptions { Timeout = TimeSpan.FromDays(1) } });
        var waiting = _bench.RequestAsync(function);
        await Eventually.True(() => function.Snapshot().State == FunctionState.Starting, "the start");

        _bench.Clock.Advance(s_hour + TimeSpan.FromSeconds(1));

        Assert.Equal(StartFailureCause.Shut, (await FunctionBench.Within(waiting)).Cause);
        await Eventually.True(() => function.Snapshot().Instances.Count == 0, "the end of the start");
    }

    // The gateway starts in the middle of a window, with one instance that the configuration wants.
    [Fact]
    public void Down_Already_StartsNothing()
    {
        _bench.Clock.Advance(s_hour + TimeSpan.FromMinutes(1));
        var function = Make(ScheduleIs.Down, options => options with { Scale = new ScaleOptions { Min = 1 } });

        Assert.Empty(function.Snapshot().Instances);
        Assert.Equal(Tier.Stopped, function.Snapshot().Rest?.Tier);
    }

    [Fact]
    public async Task Update_OtherSchedule_IsFollowedAtOnce()
    {
        var function = Make(ScheduleIs.Down);
        await _bench.RunningAsync(function);

        function.Update(With(function.Options, "07:00", "08:00", ScheduleIs.Down));
        Assert.Empty(function.Running);
        function.Update(With(function.Options, "07:00", "08:00", ScheduleIs.Up));
        await Eventually.True(() => function.Running.Count == 1, "the start");
        function.Update(function.Options with { Idle = new IdleOptions { Tier = Tier.Stopped } });
        _bench.Clock.Advance(function.Options.Idle.After);
        function.RestIfIdle();

        Assert.Empty(function.Running);
        Assert.Equal("Idle:Tier is Stopped.", function.Snapshot().Rest?.Reason);
    }

    private Function Make(ScheduleIs what, Func<FunctionOptions, FunctionOptions>? change = null) =>
        _bench.Make((change ?? (static options => options))(With(FunctionBench.Options() with { Idle = new IdleOptions { Tier = Tier.Stopped } }, "08:00", "09:00", what)));

    private static FunctionOptions With(FunctionOptions options, string from, string to, ScheduleIs what) => options with
    {
        Idle = options.Idle with
        {
            Schedule = new([new ScheduleWindow { From = Time(from), To = Time(to), Zone = TimeZoneInfo.Utc, Is = what }]),
        },
    };

    private static TimeSpan Time(string text) => TimeOnly.ParseExact(text, "HH:mm", CultureInfo.InvariantCulture).ToTimeSpan();
}
