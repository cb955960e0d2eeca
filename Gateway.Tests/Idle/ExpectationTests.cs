using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class ExpectationTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Decide_UsedByTheClock_IsStoppedAndWokenJustBefore()
    {
        // By its clients alone it would be Paused.
        var bench = Measured().Uses(Hour, 12);
        bench.Clock.Advance(PolicyBench.After);

        var rest = bench.Ask();

        Assert.Equal(Tier.Stopped, rest.Tier);
        Assert.Equal(RestCause.Expected, bench.Decisions[^1].Cause);
        Assert.InRange(rest.WakeIn!.Value + PolicyBench.After, Hour - TimeSpan.FromSeconds(30), Hour - TimeSpan.FromMilliseconds(131));
    }

    [Fact]
    public void Decide_WokenBefore_StaysAwakeUntilItIsDueAndRestsWhenItWasNot()
    {
        var bench = Measured().Uses(Hour, 12);
        bench.Clock.Advance(PolicyBench.After);
        bench.Clock.Advance(bench.Ask().WakeIn!.Value);
        bench.Policy.NoteWake("hello", Tier.Stopped, TimeSpan.FromMilliseconds(131));
        Assert.Equal(1, bench.Expecting);

        var awake = bench.Ask(idle: TimeSpan.Zero);
        Assert.Equal((Tier.Running, RestCause.Due), (awake.Tier, bench.Decisions[^1].Cause));
        Assert.InRange(awake.LookAgain!.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));

        bench.Clock.Advance(awake.LookAgain.Value + TimeSpan.FromSeconds(1));
        Assert.Equal(Tier.Paused, bench.Ask(idle: TimeSpan.FromSeconds(20)).Tier);
    }

    [Fact]
    public void Decide_UsedAfterAll_IdleAfterCountsAgain()
    {
        var bench = Measured().Uses(Hour, 12);
        bench.Clock.Advance(PolicyBench.After);
        bench.Clock.Advance(bench.Ask().WakeIn!.Value);
        bench.Policy.NoteWake("hello", Tier.Stopped, TimeSpan.FromMilliseconds(131));
        bench.Policy.NoteArrival("hello", bench.Clock.GetTimestamp());

        Assert.Equal(PolicyBench.After, bench.Ask(idle: TimeSpan.Zero).LookAgain);
    }

    [Fact]
    public void Decide_AtRestWhenItIsDue_IsWokenNow()
    {
        var bench = Measured().Uses(Hour, 12);
        bench.Clock.Advance(Hour - TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.Zero, bench.Ask(Tier.Paused, Hour - TimeSpan.FromSeconds(1)).WakeIn);
    }

    [Fact]
    public void Decide_UsedConstantly_StaysRunning()
    {
        var bench = Measured().Uses(TimeSpan.FromMinutes(7) + TimeSpan.FromSeconds(10), 3);
        for (var i = 0; i < 12; i++)
        {
            bench.Uses(TimeSpan.FromMinutes(6), 1).Uses(TimeSpan.FromMinutes(8), 1);
        }

        bench.Clock.Advance(PolicyBench.After);

        var decision = bench.Ask();
        Assert.Equal((Tier.Running, RestCause.Constant), (decision.Tier, bench.Decisions[^1].Cause));
        Assert.NotNull(decision.LookAgain);

        // It stopped coming.
        bench.Clock.Advance(Hour);
        Assert.NotEqual(Tier.Running, bench.Ask(idle: PolicyBench.After + Hour).Tier);
    }

    [Fact]
    public void Decide_UsedAtRandom_RestsByItsClientsAlone()
    {
        var random = new Random(5);
        var bench = Measured();
        for (var i = 0; i < 60; i++)
        {
            bench.Uses(TimeSpan.FromMinutes(-60 * Math.Log(1 - random.NextDouble())), 1);
        }

        bench.Clock.Advance(PolicyBench.After);
        // Not measured for a day, it would be probed.
        bench.Wakes(Tier.Initialized, 90);

        var decision = bench.Ask();
        Assert.Equal((Tier.Paused, null), (decision.Tier, decision.WakeIn));
        Assert.Equal(RestCause.Hidden, bench.Decisions[^1].Cause);
    }

    [Fact]
    public void ChanceOfUse_OfTheRecentlyUsed_IsHigher()
    {
        var bench = new PolicyBench();
        bench.Policy.NoteArrival("a", bench.Clock.GetTimestamp());
        bench.Clock.Advance(Hour);
        bench.Policy.NoteArrival("b", bench.Clock.GetTimestamp());
        bench.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.InRange(bench.Policy.ChanceOfUse("b", Hour), bench.Policy.ChanceOfUse("a", Hour) + 0.2, 1);
    }

    /// <summary>Paused is hidden, Initialized and Stopped are not.</summary>
    private static PolicyBench Measured()
    {
        var bench = new PolicyBench().Wakes(Tier.Paused, 19, 18, 17).Wakes(Tier.Initialized, 90, 90, 90).Wakes(Tier.Stopped, 131, 131, 131).Clients(50, 50, 50);
        bench.Policy.NoteArrival("hello", bench.Clock.GetTimestamp());
        return bench;
    }
}
