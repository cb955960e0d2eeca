using Gateway.Idle;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class GapHistogramTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void ChanceWithin_NothingKnown_IsAsLongAgainAsItHasLasted()
    {
        var gaps = new GapHistogram();

        Assert.InRange(gaps.ChanceWithin(TimeSpan.FromHours(1), TimeSpan.FromHours(1)), 0.4, 0.6);
        Assert.InRange(gaps.ChanceWithin(TimeSpan.FromHours(1), Minute), 0.005, 0.03);
        Assert.InRange(gaps.ChanceWithin(TimeSpan.Zero, TimeSpan.FromDays(18)), 0.95, 1);
    }

    [Fact]
    public void ChanceWithin_OfRandomGaps_IsWhatTheTraceHas()
    {
        // An exponential of mean 1 h: 1 - exp(-t) within t hours, however long it was idle.
        var random = new Random(3);
        var gaps = new GapHistogram();
        for (var i = 0; i < 2000; i++)
        {
            gaps.Add(TimeSpan.FromHours(-Math.Log(1 - random.NextDouble())));
        }

        Assert.InRange(gaps.ChanceWithin(TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)), 0.45, 0.8);
        Assert.InRange(gaps.ChanceWithin(TimeSpan.FromHours(1), TimeSpan.FromHours(1)), 0.45, 0.8);
        Assert.Null(gaps.Next(TimeSpan.FromMinutes(5)));
        Assert.InRange(gaps.ExpectedShare(TimeSpan.FromMinutes(5)), 0, 0.5);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(905)]
    [InlineData(3600)]
    [InlineData(4096)] // On the border of two bins.
    [InlineData(86400)]
    public void Next_OfAPeriodWithJitter_SurroundsIt(double seconds)
    {
        var random = new Random(7);
        var gaps = new GapHistogram();
        for (var i = 0; i < 30; i++)
        {
            gaps.Add(TimeSpan.FromSeconds(seconds * (1 + (0.004 * (random.NextDouble() - 0.5)))));
        }

        var next = Assert.NotNull(gaps.Next(TimeSpan.FromSeconds(seconds / 3)));

        Assert.InRange(next.From.TotalSeconds, seconds * 0.9, seconds);
        Assert.InRange(next.Until.TotalSeconds, seconds, seconds * 1.1);
        Assert.InRange(next.Chance, 0.85, 1);
        Assert.InRange(gaps.ExpectedShare(TimeSpan.FromSeconds(seconds / 3)), 0.9, 1);
        Assert.Null(gaps.Next(TimeSpan.FromSeconds(seconds * 1.2)));
    }

    [Fact]
    public void Next_SeenTwice_IsNotExpectedYet()
    {
        var gaps = new GapHistogram();
        gaps.Add(Minute * 30);
        gaps.Add(Minute * 30);
        Assert.Null(gaps.Next(Minute));

        gaps.Add(Minute * 30);

        Assert.NotNull(gaps.Next(Minute));
    }

    [Fact]
    public void Next_OfWeekdays_IsADayAndOverTheWeekendThree()
    {
        var gaps = new GapHistogram();
        for (var week = 0; week < 4; week++)
        {
            for (var day = 0; day < 4; day++)
            {
                gaps.Add(TimeSpan.FromDays(1));
            }

            gaps.Add(TimeSpan.FromDays(3));
        }

        var monday = Assert.NotNull(gaps.Next(TimeSpan.FromHours(1)));
        Assert.InRange(TimeSpan.FromDays(1), monday.From, monday.Until);
        Assert.InRange(monday.Chance, 0.6, 0.95);
        var weekend = Assert.NotNull(gaps.Next(TimeSpan.FromDays(2)));
        Assert.InRange(TimeSpan.FromDays(3), weekend.From, weekend.Until);
    }

    [Fact]
    public void Next_BurstsBetween_ChangeNothing()
    {
        var gaps = new GapHistogram();
        for (var day = 0; day < 20; day++)
        {
            for (var call = 0; call < 200; call++)
            {
                gaps.Add(TimeSpan.FromSeconds(2 + (call % 7)));
            }

            gaps.Add(TimeSpan.FromHours(24));
        }

        Assert.InRange(Assert.NotNull(gaps.Next(TimeSpan.FromMinutes(5))).Chance, 0.8, 1);
        Assert.InRange(gaps.ChanceWithin(TimeSpan.FromHours(12), TimeSpan.FromHours(1)), 0, 0.1);
    }

    [Fact]
    public void Next_HabitChanges_IsLearnedAnew()
    {
        var gaps = new GapHistogram();
        for (var i = 0; i < 1000; i++)
        {
            gaps.Add(TimeSpan.FromHours(1));
        }

        for (var i = 0; i < 30; i++)
        {
            gaps.Add(TimeSpan.FromHours(2));
        }

        Assert.InRange(TimeSpan.FromHours(2), Assert.NotNull(gaps.Next(TimeSpan.FromMinutes(5))).From, Assert.NotNull(gaps.Next(TimeSpan.FromMinutes(5))).Until);
    }

    [Fact]
    public void Add_ShorterThanASecond_IsNoGap()
    {
        var gaps = new GapHistogram();
        gaps.Add(TimeSpan.FromMilliseconds(999));

        Assert.Equal(0, gaps.Count);
    }

    [Fact]
    public void Add_LongerThanTheHistogram_IsInItsLastBin()
    {
        var gaps = new GapHistogram();
        gaps.Add(TimeSpan.FromDays(400));

        Assert.Equal(1, gaps.Count);
        Assert.InRange(gaps.ChanceWithin(TimeSpan.FromDays(500), TimeSpan.FromDays(1)), 0, 1);
        Assert.Null(gaps.Next(TimeSpan.FromDays(500)));
    }
}
