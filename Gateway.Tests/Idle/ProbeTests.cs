using Gateway.Idle;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class ProbeTests
{
    [Fact]
    public void Decide_DeeperUnknown_RestsThereOnceAndIsWokenWithNobodyWaiting()
    {
        var bench = Paused();

        var probe = bench.Ask();

        Assert.Equal((Tier.Initialized, RestReasoning.ProbeRest, null), (probe.Tier, probe.WakeIn!.Value, probe.LookAgain));
        Assert.Equal([Tier.Initialized], bench.Probes);
        Assert.Equal(RestCause.Probe, Assert.Single(bench.Decisions).Cause);
    }

    [Fact]
    public void Decide_ShallowestUnknown_IsProbedBeforeAnyDeeper()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131).Clients(48);

        var probe = bench.Ask();

        Assert.Equal((Tier.Paused, RestReasoning.ProbeRest), (probe.Tier, probe.WakeIn!.Value));
        Assert.Equal(probe, bench.Ask(Tier.Paused));
        Assert.Equal([Tier.Paused], bench.Probes);
    }

    [Fact]
    public void Decide_StoppedForAProbe_IsWokenThoughItWasStoppedJustNow()
    {
        var bench = Paused().Wakes(Tier.Initialized, 20).Clients(500);
        for (var i = 0; i < 60; i++)
        {
            bench.Clients(500);
        }

        Assert.Equal(Tier.Stopped, bench.Ask().Tier);

        Assert.Equal(RestReasoning.ProbeRest, bench.Ask(Tier.Stopped, TimeSpan.Zero).WakeIn);
    }

    [Fact]
    public void Decide_ProbeShowsThatItIsNotHidden_RestsAboveItAndProbesNoMore()
    {
        var bench = Paused();
        Probe(bench, 90);

        // Nobody used it since: Idle:After does not begin anew.
        var decision = bench.Ask(idle: TimeSpan.Zero);

        Assert.Equal((Tier.Paused, null, null), (decision.Tier, decision.LookAgain, decision.WakeIn));
        bench.Clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(Tier.Paused, bench.Ask().Tier);
        Assert.Single(bench.Probes);
    }

    [Fact]
    public void Decide_ProbeFarWithinTheWindow_RestsThereAndProbesTheNext()
    {
        var bench = Paused();
        bench.Clients(500, 500, 500);
        for (var i = 0; i < 60; i++)
        {
            bench.Clients(500);
        }

        Probe(bench, 70);
        Assert.Equal(Tier.Initialized, bench.Ask(Tier.Running).Tier);
        bench.Clock.Advance(ProbePlan.First);

        Assert.Equal(Tier.Stopped, bench.Ask(Tier.Initialized).Tier);
        Assert.Equal([Tier.Initialized, Tier.Stopped], bench.Probes);
    }

    [Fact]
    public void Decide_CloseToTheWindow_NeedsThreeMeasurements()
    {
        var bench = Paused();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Tier.Initialized, bench.Ask().Tier);
            Assert.Equal(RestCause.Probe, bench.Decisions[^1].Cause);
            bench.Clock.Advance(RestReasoning.ProbeRest);
            bench.Policy.NoteWake("hello", Tier.Initialized, TimeSpan.FromMilliseconds(40));
            bench.Clock.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(TierVerdict.Hidden, TierJudge.Judge(bench.Policy.Record("hello"), Tier.Initialized));
        Assert.Equal(3, bench.Probes.Count);
    }

    [Fact]
    public void Decide_DeepestSeenNearlyHidden_IsProbedBeforeOneUnknownAboveIt()
    {
        // As a new function's first starts show it: its clients were nearly hidden from both.
        var bench = Paused().Wakes(Tier.Stopped, 40, 30);

        Assert.Equal(Tier.Stopped, bench.Ask().Tier);
        Assert.Equal(RestCause.Probe, bench.Decisions[^1].Cause);
    }

    [Fact]
    public void Decide_DeepestSeenNotHidden_ProbesTheOneAboveIt()
    {
        var bench = Paused().Wakes(Tier.Stopped, 100, 90);

        Assert.Equal(Tier.Initialized, bench.Ask().Tier);
    }

    [Fact]
    public void Decide_ProbesThatStayClose_ComeEverMoreSeldom()
    {
        // The median is within the window, the slowest is not: worth looking again, less and less often.
        var bench = Paused().Wakes(Tier.Initialized, 30, 30, 90);
        for (var hour = 0; hour < 24 * 7; hour++)
        {
            for (var i = 0; i < 60; i++)
            {
                bench.Clock.Advance(TimeSpan.FromMinutes(1));
                if (bench.Ask().WakeIn is not null)
                {
                    bench.Policy.NoteWake("hello", Tier.Initialized, TimeSpan.FromMilliseconds(i % 2 == 0 ? 30 : 90));
                }
            }
        }

        Assert.InRange(bench.Probes.Count, 10, 45);
    }

    [Fact]
    public void Decide_MeasuredADayAgo_IsProbedAgain()
    {
        var bench = Paused();
        Probe(bench, 90);
        bench.Ask();
        bench.Clock.Advance(TierJudge.StaleAfter + TimeSpan.FromHours(1));

        Assert.Equal(Tier.Initialized, bench.Ask().Tier);
        Assert.Equal(2, bench.Probes.Count);
    }

    [Fact]
    public void Decide_OpenConnections_IsNoTimeForAProbe()
    {
        var bench = Paused();
        bench.OpenConnections = 1;
        bench.Options = bench.Options with { Idle = bench.Options.Idle with { KeepAliveTier = Tier.Stopped } };

        Assert.Equal(Tier.Paused, bench.Ask().Tier);
        Assert.Empty(bench.Probes);
    }

    [Fact]
    public void Decide_WindowsUnknown_IsNoTimeForAProbe()
    {
        var bench = new PolicyBench().Wakes(Tier.Paused, 19, 19, 19);

        Assert.Equal(Tier.Paused, bench.Ask().Tier);
        Assert.Empty(bench.Probes);
    }

    [Fact]
    public void Decide_AtRest_LooksAgainWhenAProbeMayBe()
    {
        var bench = Paused().Wakes(Tier.Initialized, 30, 30, 90);
        bench.Ask();
        bench.Clock.Advance(RestReasoning.ProbeRest);
        bench.Policy.NoteWake("hello", Tier.Initialized, TimeSpan.FromMilliseconds(30));

        var decision = bench.Ask();

        Assert.Equal(Tier.Paused, decision.Tier);
        Assert.InRange(decision.LookAgain!.Value, TimeSpan.FromSeconds(1), ProbePlan.First);
        bench.Clock.Advance(decision.LookAgain.Value);
        Assert.Equal(Tier.Initialized, bench.Ask(Tier.Paused).Tier);
    }

    [Fact]
    public void Decide_ProbeNeverWoken_IsGivenUp()
    {
        var bench = Paused();
        bench.Ask();
        bench.Clock.Advance(ProbePlan.GivenUp);
        bench.Ask();
        bench.Ask();

        Assert.Equal(2, bench.Probes.Count);
    }

    /// <summary>Paused is measured, clients give 50 ms.</summary>
    private static PolicyBench Paused()
    {
        var bench = new PolicyBench().Wakes(Tier.Paused, 19, 18, 17).Clients(50, 50, 50);
        bench.Policy.NoteArrival("hello", bench.Clock.GetTimestamp());
        bench.Clock.Advance(PolicyBench.After);
        return bench;
    }

    private static void Probe(PolicyBench bench, double milliseconds)
    {
        var probe = bench.Ask();
        Assert.NotNull(probe.WakeIn);
        bench.Clock.Advance(probe.WakeIn.Value);
        bench.Policy.NoteWake("hello", probe.Tier, TimeSpan.FromMilliseconds(milliseconds));
    }
}
