using Gateway.Activation.Scaling;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Activation.Scaling;

public sealed class LoadHistoryTests
{
    private const long Second = 1_000_000_000;

    private static readonly ScaleOptions Scale = new() { Max = 2 };

    [Fact]
    public void Read_BeforeAnyTimeHasPassed_IsTheLoad()
    {
        var history = new LoadHistory(Scale, load: 0, now: 5 * Second, Second);
        history.Change(+7, 5 * Second);

        Assert.Equal(new LoadHistory.Averages(7, 7), history.Read(7, 5 * Second));
    }

    [Fact]
    public void Read_YoungerThanTheWindow_AveragesItsLife()
    {
        var history = new LoadHistory(Scale, load: 4, now: 0, Second);
        history.Change(+4, Second);

        // A second of 4 and three of 8.
        Assert.Equal(new LoadHistory.Averages(7, 7), history.Read(8, 4 * Second));
    }

    [Fact]
    public void Read_ConstantSinceLongAgo_IsExact()
    {
        var history = new LoadHistory(Scale, load: 0, now: 0, Second);
        history.Change(+3, 10 * Second);
        history.Change(+3, 10_000 * Second);

        var averages = history.Read(6, 10_030 * Second);

        Assert.Equal((4.5, 6), (averages.Stable, averages.Panic));
    }

    [Fact]
    public void Read_AnyChanges_IsTheAreaOverTheWindow()
    {
        var random = new Random(1);
        var history = new LoadHistory(Scale, load: 0, now: 0, Second);
        List<(double At, int Load)> all = [(0, 0)];
        for (var at = 0.0; at < 600;)
        {
            // Bursts of thousands of changes, and minutes of silence.
            at += random.Next(40) == 0 ? random.NextDouble() * 90 : random.NextDouble() * 0.02;
            var load = Math.Max(0, all[^1].Load + random.Next(-5, 6));
            Assert.Equal(load, history.Change(load - all[^1].Load, (long)(at * Second)));
            all.Add((at, load));
            if (random.Next(50) == 0)
            {
                var averages = history.Read(load, (long)(at * Second));
                var most = all.Max(one => one.Load);
                // What lies between two points around the far end of the window is known only on average.
                Assert.InRange(averages.Stable - Area(all, at, 60), -most / 64.0, most / 64.0);
                Assert.InRange(averages.Panic - Area(all, at, 6), -most / 64.0, most / 64.0);
            }
        }
    }

    [Fact]
    public void Change_TimesOutOfOrder_LoseNothing()
    {
        var history = new LoadHistory(Scale, load: 0, now: 0, Second);
        history.Change(+1, 2 * Second);
        history.Change(+1, Second);

        Assert.Equal(1, history.Read(2, 4 * Second).Stable);
    }

    private static double Area(List<(double At, int Load)> all, double now, double window)
    {
        var begin = Math.Max(0, now - window);
        var area = 0.0;
        for (var i = 0; i < all.Count; i++)
        {
            var end = i + 1 < all.Count ? all[i + 1].At : now;
            area += all[i].Load * Math.Max(0, end - Math.Max(begin, all[i].At));
        }

        return area / Math.Min(window, now);
    }
}
