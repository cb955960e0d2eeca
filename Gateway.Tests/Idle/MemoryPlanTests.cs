using Gateway.Idle;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class MemoryPlanTests
{
    [Fact]
    public void Victims_AllFit_IsEmpty() =>
        Assert.Empty(MemoryPlan.Victims([new("a", Tier.Paused, 60, 0, MayRest: true), new("b", Tier.Running, 40, 0, MayRest: true)], 100));

    [Fact]
    public void Victims_ARestingOneIsEnough_NoRunningOneIsTouched() =>
        Assert.Equal(
            ["paused"],
            MemoryPlan.Victims([new("running", Tier.Running, 60, 0.01, MayRest: true), new("paused", Tier.Paused, 60, 0.9, MayRest: true)], 100));

    [Fact]
    public void Victims_OfEqualSize_AreTheLeastLikely() =>
        Assert.Equal(
            ["c", "a"],
            MemoryPlan.Victims([new("a", Tier.Paused, 50, 0.2, MayRest: true), new("b", Tier.Paused, 50, 0.3, MayRest: true), new("c", Tier.Paused, 50, 0.1, MayRest: true)], 60));

    [Fact]
    public void Victims_OfEqualChance_AreTheLargest() =>
        Assert.Equal(
            ["big"],
            MemoryPlan.Victims([new("small", Tier.Paused, 10, 0.2, MayRest: true), new("big", Tier.Paused, 90, 0.2, MayRest: true)], 60));

    [Fact]
    public void Victims_RestingOnesAreNotEnough_RunningOnesFollow() =>
        Assert.Equal(
            ["paused", "idle"],
            MemoryPlan.Victims(
                [new("used", Tier.Running, 50, 1, MayRest: false), new("busy", Tier.Running, 50, 0.8, MayRest: true), new("idle", Tier.Running, 50, 0.1, MayRest: true), new("paused", Tier.Paused, 10, 0.9, MayRest: true)],
                100));

    [Fact]
    public void Victims_OneIsOnItsWay_NoOtherIsTouchedInItsPlace() =>
        Assert.Empty(MemoryPlan.Victims([new("going", Tier.Running, 0, 0.1, MayRest: false), new("idle", Tier.Running, 60, 0.2, MayRest: true)], 100));

    [Fact]
    public void Victims_NobodyMay_IsEmpty() =>
        Assert.Empty(MemoryPlan.Victims([new("a", Tier.Running, 500, 1, MayRest: false)], 100));
}
