using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Runtimes;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class RestPolicyTests
{
    [Fact]
    public void Decide_WithinIdleAfter_StaysAndLooksAgainThen()
    {
        var bench = new PolicyBench();

        var decision = bench.Ask(idle: PolicyBench.After - TimeSpan.FromSeconds(7));

        Assert.Equal((Tier.Running, TimeSpan.FromSeconds(7)), (decision.Tier, decision.LookAgain));
        Assert.Empty(bench.Decisions);
    }

    [Fact]
    public void Decide_NothingKnown_IsTheShallowestAndNoProbe()
    {
        var bench = new PolicyBench();

        var decision = bench.Ask();

        Assert.Equal(new RestDecision(Tier.Paused, "Paused: its wake is not measured yet, what clients give is not known yet; Initialized is not measured yet"), decision);
        Assert.Equal(RestCause.Unknown, Assert.Single(bench.Decisions).Cause);
        Assert.Empty(bench.Probes);
    }

    // Three round trips of wakes and windows each: the deepest tier whose p95 is within p10.
    [Theory]
    [InlineData(600, Tier.Stopped)]
    [InlineData(131, Tier.Stopped)]
    [InlineData(127, Tier.Initialized)]
    [InlineData(73, Tier.Initialized)]
    [InlineData(69, Tier.Paused)]
    [InlineData(19, Tier.Paused)]
    [InlineData(16, Tier.Paused)]
    internal void Decide_AllKnown_IsTheDeepestHidden(double window, Tier expected)
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131, 128, 130).Wakes(Tier.Initialized, 73, 70, 71).Wakes(Tier.Paused, 19, 18, 17)
            .Clients(window, window + 30, window + 10);

        Assert.Equal(expected, bench.Ask().Tier);
        Assert.Equal(window < 19 ? RestCause.NotHidden : RestCause.Hidden, Assert.Single(bench.Decisions).Cause);
        Assert.Empty(bench.Probes);
    }

    [Fact]
    public void Decide_AllKnown_SaysWhy()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131, 128, 130).Wakes(Tier.Paused, 19, 18, 17).Clients(48, 50, 52);
        bench.Tiers = [Tier.Stopped, Tier.Paused, Tier.Running];

        Assert.Equal("Paused: wakes in 19 ms p95, clients give 48 ms p10; Stopped would take 131 ms", bench.Ask().Reason);
    }

    [Fact]
    public void Decide_NoTierHidden_StaysRunningOnlyWhenTold()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131, 128, 130).Wakes(Tier.Initialized, 70, 70, 70).Wakes(Tier.Paused, 19, 18, 17).Clients(5, 5, 5);
        Assert.Equal(Tier.Paused, bench.Ask().Tier);

        bench.Options = bench.Options with { Idle = bench.Options.Idle with { Shallowest = Tier.Running } };

        var decision = bench.Ask();
        Assert.Equal(Tier.Running, decision.Tier);
        Assert.NotNull(decision.LookAgain);
        Assert.Null(decision.WakeIn);
    }

    [Theory]
    [InlineData(Tier.Paused, Tier.Paused)]
    [InlineData(Tier.Initialized, Tier.Initialized)]
    internal void Decide_Deepest_IsKept(Tier deepest, Tier expected)
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 50).Wakes(Tier.Initialized, 30).Wakes(Tier.Paused, 10).Clients(500);
        bench.Options = bench.Options with { Idle = bench.Options.Idle with { Deepest = deepest } };

        Assert.Equal(expected, bench.Ask().Tier);
    }

    [Fact]
    public void Decide_Shallowest_IsKeptAlsoWhereItIsNoticed()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131).Wakes(Tier.Initialized, 70).Wakes(Tier.Paused, 10).Clients(20);
        bench.Options = bench.Options with { Idle = bench.Options.Idle with { Shallowest = Tier.Initialized } };

        Assert.Equal(Tier.Initialized, bench.Ask().Tier);
    }

    [Fact]
    public void Decide_RuntimeWithoutPaused_RestsInWhatItHas()
    {
        var bench = new PolicyBench { Tiers = [Tier.Stopped, Tier.Running] }.Wakes(Tier.Stopped, 500).Clients(5);

        Assert.Equal(Tier.Stopped, bench.Ask().Tier);
    }

    [Fact]
    public void Decide_OpenConnections_GoesNoDeeperThanTheRequestPathAllows()
    {
        var bench = new PolicyBench { OpenConnections = 3 }.Wakes(Tier.Stopped, 50).Wakes(Tier.Initialized, 30).Wakes(Tier.Paused, 10).Clients(500);

        var decision = bench.Ask();
        Assert.Equal(Tier.Paused, decision.Tier);
        Assert.EndsWith("; not deeper while 3 client connections are open", decision.Reason, StringComparison.Ordinal);

        bench.Options = bench.Options with { Idle = bench.Options.Idle with { KeepAliveTier = Tier.Initialized } };
        Assert.Equal(Tier.Initialized, bench.Ask().Tier);

        bench.Options = bench.Options with { Idle = bench.Options.Idle with { KeepAliveTier = Tier.Running } };
        Assert.Equal(Tier.Running, bench.Ask().Tier);

        bench.OpenConnections = 0;
        Assert.Equal(Tier.Stopped, bench.Ask().Tier);
    }

    [Fact]
    public void NoteWindow_RequestOnAConnectionThatWasOpen_SaysNothingOfHandshakes()
    {
        var bench = new PolicyBench { OpenConnections = 1 }.Wakes(Tier.Paused, 10).Clients(500);
        bench.Ask();

        bench.Policy.NoteWindow("hello", SignalKind.Request, TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromMilliseconds(500), bench.Policy.Record("hello").Windows.P10);

        bench.OpenConnections = 0;
        bench.Ask();
        bench.Policy.NoteWindow("hello", SignalKind.Request, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, bench.Policy.Record("hello").Windows.P10);
    }

    [Fact]
    public void Decide_AnotherProgram_IsMeasuredAnew()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 50).Clients(500);
        Assert.Equal(Tier.Stopped, bench.Ask().Tier);

        bench.Options = bench.Options.With(run => run with { Image = "hello:2" });

        Assert.NotEqual(RestCause.Hidden, Last(bench));
        bench.Wakes(Tier.Stopped, 50);
        Assert.Equal(Tier.Stopped, bench.Ask().Tier);
    }

    [Theory]
    [InlineData(nameof(ContainerRunOptions.Cpu))]
    [InlineData(nameof(ContainerRunOptions.Command))]
    [InlineData(nameof(ContainerRunOptions.Environment))]
    [InlineData(nameof(ContainerRunOptions.Network))]
    [InlineData(nameof(FunctionOptions.Ready))]
    [InlineData("Build")]
    public void Decide_WhatItsStartCostsHasChanged_OldMeasurementsDecideNoMore(string what)
    {
        var bench = new PolicyBench { Tiers = [Tier.Stopped, Tier.Paused, Tier.Running] };
        bench.Policy.NoteBuild("hello", "sha256:1");
        bench.Wakes(Tier.Stopped, 50).Clients(500);
        Assert.Equal(RestCause.Hidden, Last(bench));

        bench.Options = what switch
        {
            nameof(ContainerRunOptions.Cpu) => bench.Options.With(run => run with { Cpu = new CpuOptions { Limit = 0.1 } }),
            nameof(ContainerRunOptions.Command) => bench.Options.With(run => run with { Command = ["a", "b"] }),
            nameof(ContainerRunOptions.Environment) => bench.Options.With(run => run with { Environment = new Dictionary<string, string> { ["A"] = "" } }),
            nameof(ContainerRunOptions.Network) => bench.Options.With(run => run with { Network = "host" }),
            nameof(FunctionOptions.Ready) => bench.Options with { Ready = new ReadyOptions { Path = "/slow" } },
            _ => bench.Options,
        };
        bench.Policy.NoteBuild("hello", what == "Build" ? "sha256:2" : "sha256:1");
        bench.Ask();

        Assert.Null(bench.Policy.Record("hello").Wakes(Tier.Stopped));
        Assert.NotEqual(RestCause.Hidden, Last(bench));
        Assert.NotNull(bench.Policy.Record("hello").Windows.P10);
    }

    [Fact]
    public void Decide_WhatItsStartDoesNotDependOnHasChanged_KeepsWhatWasMeasured()
    {
        var bench = new PolicyBench();
        bench.Policy.NoteBuild("hello", "sha256:1");
        bench.Wakes(Tier.Stopped, 50).Clients(500);

        bench.Options = bench.Options with { Hold = new HoldOptions { MaxRequests = 7 }, Ready = new ReadyOptions { Timeout = TimeSpan.FromSeconds(7) }, SynId = "x", Scale = new ScaleOptions { Max = 7 } };
        bench.Policy.NoteBuild("hello", "sha256:1");

        Assert.Equal(RestCause.Hidden, Last(bench));
    }

    [Fact]
    public void Decide_AnotherWakeOn_ItsClientsAreMeasuredAnew()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 50).Clients(500);

        bench.Options = bench.Options with { WakeOn = SignalKind.ClientHello };

        Assert.Equal(Tier.Paused, bench.Ask().Tier);
    }

    [Fact]
    public void Decide_SameAgain_IsToldOnce()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131).Wakes(Tier.Initialized, 90).Wakes(Tier.Paused, 19).Clients(48);
        bench.Ask();
        bench.Wakes(Tier.Paused, 20).Clients(47);
        bench.Ask(idle: TimeSpan.Zero);
        bench.Ask();
        Assert.Single(bench.Decisions);

        bench.Wakes(Tier.Paused, 60);
        bench.Ask();

        Assert.Equal([RestCause.Hidden, RestCause.NotHidden], bench.Decisions.Select(told => told.Cause));
    }

    [Fact]
    public void Press_RunningThenPaused_GoesOneDeeperThenIsStopped()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 131, 131, 131).Wakes(Tier.Initialized, 90, 90, 90).Wakes(Tier.Paused, 19, 19, 19).Clients(48, 48, 48);
        bench.Policy.NoteMemoryShortage("hello");

        // Also within Idle:After.
        Assert.Equal(Tier.Paused, bench.Ask(idle: TimeSpan.FromSeconds(2)).Tier);
        Assert.Equal(Tier.Paused, bench.Ask(Tier.Paused, TimeSpan.FromSeconds(3)).Tier);
        bench.Policy.NoteMemoryShortage("hello");
        Assert.Equal(Tier.Stopped, bench.Ask(Tier.Paused, TimeSpan.FromSeconds(3)).Tier);
        Assert.Equal(RestCause.Memory, bench.Decisions[^1].Cause);
    }

    [Fact]
    public void Press_AtItsFloor_StaysThere()
    {
        var bench = new PolicyBench();
        bench.Options = bench.Options with { Idle = bench.Options.Idle with { Deepest = Tier.Paused } };
        bench.Policy.NoteMemoryShortage("hello");

        Assert.Equal(Tier.Paused, bench.Ask(Tier.Paused).Tier);
    }

    [Fact]
    public void Keep_RemovedFunction_IsForgotten()
    {
        var bench = new PolicyBench().Wakes(Tier.Stopped, 50);

        bench.Policy.Keep(name => name != "hello");

        Assert.Empty(bench.Policy.Records);
    }

    private static RestCause Last(PolicyBench bench)
    {
        bench.Ask();
        return bench.Decisions[^1].Cause;
    }
}
