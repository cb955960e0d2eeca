using Gateway.Idle;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class WakeTimesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, false)]
    [InlineData(25, true)]
    // The clock was ahead when it was measured and has been put right: not trusted until it comes round again.
    [InlineData(-25, true)]
    public void IsStale_HoursAgo_IsMeasuredAnewAfterADay(int hours, bool stale)
    {
        var times = new WakeTimes();
        times.Add(TimeSpan.FromMilliseconds(20), Now.AddHours(-hours));

        Assert.Equal(stale, times.IsStale(Now, TimeSpan.FromHours(24)));
    }
}
