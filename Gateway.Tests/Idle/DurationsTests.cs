using Gateway.Idle;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class DurationsTests
{
    [Fact]
    public void Quantile_OfNone_IsNull() => Assert.Null(new Durations(4).Quantile(0.5));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.1, 2)]
    [InlineData(0.5, 10)]
    [InlineData(0.95, 19)]
    [InlineData(1, 20)]
    public void Quantile_OfTwenty_IsTheNearestRank(double part, int milliseconds)
    {
        var durations = new Durations(20);
        foreach (var value in Enumerable.Range(1, 20).Reverse())
        {
            durations.Add(TimeSpan.FromMilliseconds(value));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), durations.Quantile(part));
    }

    [Fact]
    public void Quantile_OfFew_IsTheWorst()
    {
        var durations = new Durations(20);
        durations.Add(TimeSpan.FromMilliseconds(7));
        durations.Add(TimeSpan.FromMilliseconds(90));
        durations.Add(TimeSpan.FromMilliseconds(8));

        Assert.Equal(TimeSpan.FromMilliseconds(90), durations.Quantile(0.95));
        Assert.Equal(TimeSpan.FromMilliseconds(7), durations.Quantile(0.1));
    }

    [Fact]
    public void Add_WhenFull_TheOldestGivesWay()
    {
        var durations = new Durations(3);
        for (var value = 1; value <= 5; value++)
        {
            durations.Add(value);
            _ = durations.Quantile(0.5);
        }

        Assert.Equal([3, 4, 5], durations.Microseconds);
        Assert.Equal(TimeSpan.FromMicroseconds(5), durations.Quantile(1));
    }

    [Fact]
    public void Add_OutOfRange_IsTheNearestInIt()
    {
        var durations = new Durations(3);
        durations.Add(TimeSpan.FromSeconds(-1));
        durations.Add(TimeSpan.MaxValue);

        Assert.Equal([0, int.MaxValue], durations.Microseconds);
    }

    [Fact]
    public void ClientWindows_WhenFull_KeepSignalAndTimeTogether()
    {
        var windows = new ClientWindows();
        for (var value = 0; value < ClientWindows.Capacity + 2; value++)
        {
            windows.Add(value % 2 == 0 ? SignalKind.Syn : SignalKind.ClientHello, value);
        }

        Assert.Equal(ClientWindows.Capacity, windows.Entries.Count());
        Assert.All(windows.Entries, entry => Assert.Equal(entry.Microseconds % 2 == 0 ? SignalKind.Syn : SignalKind.ClientHello, entry.Signal));
        Assert.Equal((SignalKind.Syn, 2), windows.Entries.First());
    }
}
