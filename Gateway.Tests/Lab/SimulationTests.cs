using Gateway.Lab.Simulation;
using Xunit;

namespace Gateway.Tests.Lab;

[SideBySide]
public sealed class SimulationTests(ITestOutputHelper output)
{
    // The week of docs/tiers.md, and others.
    [Theory]
    [InLongRuns(200, 7, 1)]
    [InlineData(200, 2, 4)]
    public void Auto_OnThreePatterns_AFifthOfTheNoticedColdStartsAtNoMoreMemory(int functions, int days, int seed)
    {
        var comparison = Comparison.Run(functions, TimeSpan.FromDays(days), seed);

        output.WriteLine(comparison.ToString());
        Assert.InRange(comparison.Auto.Total.Noticed, 0, comparison.Fixed.Total.Noticed / 5);
        Assert.InRange(comparison.Auto.Total.Memory, 0, comparison.Fixed.Total.Memory);
        Assert.Equal(comparison.Fixed.Total.Uses, comparison.Auto.Total.Uses);
        foreach (var kind in Enum.GetValues<DemandKind>())
        {
            Assert.InRange(comparison.Auto.ByKind[(int)kind].Noticed, 0, comparison.Fixed.ByKind[(int)kind].Noticed);
        }
    }

    [Fact]
    public void Run_SameSeed_IsTheSameWeek() =>
        Assert.Equal(Comparison.Run(12, TimeSpan.FromDays(1), 4).ToString(), Comparison.Run(12, TimeSpan.FromDays(1), 4).ToString());
}
