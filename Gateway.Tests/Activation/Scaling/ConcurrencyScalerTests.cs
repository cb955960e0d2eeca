using Gateway.Activation.Scaling;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Activation.Scaling;

/// <summary>How many instances loads are worth: steps, ramps, spikes and sawteeth, in the time of a simulation.</summary>
public sealed class ConcurrencyScalerTests
{
    private static readonly ScaleOptions Eight = new() { Max = 8, Concurrency = 10 };

    [Fact]
    public void Step_OfAFunctionAtRest_StartsAllAtOnce()
    {
        var simulation = new ScaleSimulation(Eight).Run(at => at < 1 ? 0 : 200, 30);

        Assert.Equal((1.0, 8), (simulation.Changes[0].At, simulation.Changes[0].Instances));
        Assert.Single(simulation.Changes);
    }

    [Theory]
    // The larger the step, the sooner it is believed: an average of 20 over 6 s needs 120 request seconds.
    [InlineData(200, 0.6, 8)]
    [InlineData(60, 2.0, 6)]
    [InlineData(25, 4.8, 3)]
    public void Step_OfOneThatRuns_IsBelievedByItsArea(int requests, double seconds, int instances)
    {
        var simulation = new ScaleSimulation(Eight).Run(at => at < 10 ? 0 : requests, 60, running: 1);

        Assert.InRange(simulation.First(2), 10 + seconds - 0.15, 10 + seconds + 0.15);
        Assert.Equal(instances, simulation.At(10 + seconds + 0.3));
        Assert.Equal(0, simulation.Turns);
    }

    [Fact]
    public void Step_ThatEnds_KeepsThemForTheWindowAndHalvesThen()
    {
        var simulation = new ScaleSimulation(Eight).Run(at => at is > 10 and < 20 ? 80 : 4, 200);

        Assert.Equal(8, simulation.At(20));
        // The panic is over a window after the load was last twice what the instances of then could bear.
        Assert.Equal(8, simulation.At(69));
        Assert.Equal([4, 2, 1], simulation.Changes.Where(change => change.At > 20).Select(change => change.Instances).Distinct().Where(instances => instances is 4 or 2 or 1));
        Assert.Equal(1, simulation.At(200));
        Assert.Equal(1, simulation.Turns);
    }

    [Fact]
    public void Spikes_TooShortForThePanicWindow_StartNothing()
    {
        // 40 requests for 50 ms each second are 2 on average.
        var simulation = new ScaleSimulation(Eight).Run(at => at % 1 < 0.05 && at > 1 ? 40 : 1, 120, running: 1);

        Assert.Equal(1, simulation.At(120));
        Assert.Single(simulation.Changes);
    }

    [Fact]
    public void Ramp_GrowsStepByStepAndDoesNotTurn()
    {
        var simulation = new ScaleSimulation(Eight).Run(at => at / 5, 400, running: 1);

        Assert.Equal(8, simulation.At(400));
        Assert.Equal(0, simulation.Turns);
        // Never later than when the average over a minute is there, which lags by half of that.
        Assert.All(Enumerable.Range(2, 6), instances => Assert.InRange(simulation.First(instances), ((instances - 1) * 50) - 1, ((instances - 1) * 50 * 1.05) + 40));
    }

    [Theory]
    // Around what two instances are meant to have.
    [InlineData(15, 25, 10)]
    [InlineData(18, 22, 2)]
    [InlineData(2, 38, 20)]
    public void Sawtooth_ShorterThanTheWindow_DoesNotFlap(int least, int most, double seconds)
    {
        var simulation = new ScaleSimulation(Eight).Run(at => least + ((most - least) * (at % seconds / seconds)), 1200, running: 1);

        Assert.True(simulation.Turns <= 1, string.Join('\n', simulation.Changes));
        Assert.InRange(simulation.At(1200), 2, 4);
    }

    [Fact]
    public void Noise_AtTheBorder_DoesNotFlap()
    {
        var random = new Random(7);
        var simulation = new ScaleSimulation(Eight).Run(_ => 20 + (Math.Sqrt(20) * (random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 2) * 1.7), 1200, running: 1);

        Assert.True(simulation.Turns <= 1, string.Join('\n', simulation.Changes));
    }

    [Fact]
    public void ConstantLoad_IsLookedAtOnlyNowAndThen()
    {
        var still = new ScaleSimulation(Eight).Run(_ => 5, 600, running: 1);
        var three = new ScaleSimulation(Eight).Run(_ => 25, 600);

        // One instance is enough, so there is nothing to ask. With more a look in six seconds is enough.
        Assert.InRange(still.Asked, 1, 3);
        Assert.InRange(three.Asked, 1, 120);
    }

    [Fact]
    public void DownDelay_KeepsWhatWasNeededWithinIt()
    {
        var simulation = new ScaleSimulation(Eight with { DownDelay = TimeSpan.FromMinutes(3), Window = TimeSpan.FromSeconds(10), PanicWindow = TimeSpan.FromSeconds(1) })
            // Down for two minutes, and back.
            .Run(at => at % 150 < 30 ? 75 : 5, 900);

        Assert.Equal(8, simulation.At(899));
        Assert.Equal(0, simulation.Turns);
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.7, 2)]
    [InlineData(1.0, 1)]
    public void Target_IsTheShareThatIsAimedAt(double target, int instances) =>
        Assert.Equal(instances, new ScaleSimulation(Eight with { Target = target }).Run(_ => 9, 200, running: 1).At(200));

    [Fact]
    public void Activation_IsTheLeastThatItWakesWith()
    {
        var simulation = new ScaleSimulation(Eight with { Activation = 3 }).Run(at => at > 1 ? 1 : 0, 300);

        Assert.Equal(3, simulation.Changes[0].Instances);
        Assert.Equal(3, simulation.At(60));
        Assert.Equal(1, simulation.At(300));
    }

    [Theory]
    // Exactly what so many instances are meant to have is enough for them.
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    public void Streams_AfterABurst_GetOneInstanceEach(int streams, int instances) =>
        Assert.Equal(instances, new ScaleSimulation(new ScaleOptions { Max = 8, Concurrency = 1 }).Run(at => at < 5 ? 8 : streams, 300).At(300));

    [Fact]
    public void Min_IsKept() => Assert.Equal(2, new ScaleSimulation(Eight with { Min = 2 }).Run(_ => 0, 300, running: 2).At(300));

    [Fact]
    public void Decide_ARequestHasWaitedForLongerThanAStart_IsWorthAnInstance()
    {
        var scale = new ScaleOptions { Max = 4, Concurrency = 1, ConcurrencyLimit = 1 };
        var load = new ScaleLoad(scale, TimeSpan.FromSeconds(100), Waiting: 1, InUse: 1) { Ready = 1, Active = 1, Average = 0.4, RecentAverage = 0.6, TypicalStart = TimeSpan.FromMilliseconds(300) };
        var scaler = new ConcurrencyScaler();

        var early = scaler.Decide(load with { LongestWait = TimeSpan.FromMilliseconds(100) }, default);
        var late = scaler.Decide(load with { LongestWait = TimeSpan.FromMilliseconds(300) }, default);

        Assert.Equal((1, TimeSpan.FromMilliseconds(200)), (early.Wanted, early.LookAgain));
        Assert.Equal(2, late.Wanted);
    }

    [Theory]
    [InlineData(1, 0, 0, 1)]
    [InlineData(11, 0, 0, 2)]
    [InlineData(1, 0, 25, 3)]
    [InlineData(5, 36, 0, 4)]
    [InlineData(int.MaxValue, 0, 0, 4)]
    public void Decide_NothingRunsYet_CountsWhatWaitsAndIsExpected(int waiting, int inUse, int expected, int instances) =>
        Assert.Equal(instances, new ConcurrencyScaler().Decide(new ScaleLoad(new ScaleOptions { Max = 4, Concurrency = 10 }, TimeSpan.Zero, waiting, inUse) { Expected = expected, Active = 1 }, default).Wanted);

    [Fact]
    public void Decide_MoreThanMax_AreTooManyAtOnce()
    {
        var decision = new ConcurrencyScaler().Decide(new ScaleLoad(Eight with { Max = 3 }, TimeSpan.FromHours(1), 0, 80) { Ready = 8, Active = 8, Average = 80, RecentAverage = 80 }, default);

        Assert.Equal((3, "Scale:Max is 3."), (decision.Wanted, decision.Reason));
    }
}
