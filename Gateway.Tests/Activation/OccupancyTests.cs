using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>What a function says that it occupies, to those who count memory.</summary>
public sealed class OccupancyTests
{
    private static readonly FunctionOptions Two = FunctionBench.Options() with
    {
        Idle = new IdleOptions { Tier = Tier.Paused },
        Scale = new ScaleOptions { Max = 2, Concurrency = 1 },
    };

    [Fact]
    public async Task Occupancy_OneOfTwoIsOnItsWayToRest_TheOtherStays()
    {
        var bench = new FunctionBench();
        var resting = new TaskCompletionSource();
        bench.Runtime.Resting = (_, _) => resting.Task;
        var function = bench.Make(Two);
        var first = await bench.RunningAsync(function);
        Assert.True(first.TryLease() && first.TryLease());
        function.Scale();
        await Eventually.True(() => function.Running.Count == 2);
        first.Release(bench.Time.GetTimestamp());

        bench.Clock.Advance(2 * Two.Scale.Window);

        var occupancy = function.Occupancy();
        Assert.Equal((1, 1), (occupancy.Staying.Count, occupancy.Leaving.Count));
        Assert.False(occupancy.MayRest);
        resting.SetResult();
        await Eventually.True(() => function.Occupancy() is { Leaving.Count: 0, Tier: Tier.Running });
    }

    [Fact]
    public void Occupancy_Stopped_IsNothing()
    {
        var occupancy = new FunctionBench().Make(Two).Occupancy();

        Assert.Equal((Tier.Stopped, 0, 0), (occupancy.Tier, occupancy.Staying.Count, occupancy.Leaving.Count));
    }
}
