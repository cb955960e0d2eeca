using Gateway.Lab.Benchmarks.Direct;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

/// <summary>What is made of the rounds of <c>./bench direct</c>.</summary>
public sealed class DirectCellsTests
{
    // The machine was half as fast in the second round and a third as fast in the last, which ratios within a round do not see.
    private static readonly DirectSample[] s_own = [new(600, 1, 0, 6000), new(300, 2, 0, 3000), new(200, 3, 0, 2000)];

    [Fact]
    public void Of_RoundsOfDifferentSpeed_ComparesWithinEach()
    {
        DirectSample[] proxied = [new(300, 3, 12, 1500), new(150, 6, 10, 750), new(100, 9, 11, 500)];

        var cell = DirectCells.Of("nginx", proxied, s_own, s_own);

        Assert.Equal(("nginx", 150, 0.5, 0.5, 0.5, 2), (cell.Subject, cell.Rps, cell.Ratio, cell.RatioLow, cell.RatioHigh, cell.DirectRatio));
        Assert.Equal((6, 3, 11), (cell.P99, cell.P99Ratio, cell.Cpu));
        Assert.Equal((750, 0.25, 0.25, 0.25, 3), (cell.Bulk, cell.BulkRatio, cell.BulkLow, cell.BulkHigh, cell.Rounds));
    }

    [Fact]
    public void Of_AWayThatCameInLater_IsComparedWithTheSameRounds()
    {
        DirectSample[] proxied = [new(150, 6, 10, 750), new(100, 9, 11, 500)];

        var cell = DirectCells.Of("nginx", proxied, s_own, s_own);

        Assert.Equal((0.5, 2, 3, 0.25, 2), (cell.Ratio, cell.DirectRatio, cell.P99Ratio, cell.BulkRatio, cell.Rounds));
    }

    [Fact]
    public void Of_ThePortItself_IsOne()
    {
        var cell = DirectCells.Of("own port", s_own, s_own, s_own);

        Assert.Equal((1, 1, 1), (cell.Ratio, cell.P99Ratio, cell.BulkRatio));
    }
}
