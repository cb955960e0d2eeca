using FsCheck;
using FsCheck.Fluent;
using Gateway.Telemetry.Requests;
using Xunit;

namespace Gateway.Tests.Telemetry;

public sealed class RecentRequestsTests
{
    [Fact]
    public void Quantiles_AreWithinASixteenth_OfWhatWasRecorded() => Prop.ForAll(
        Gen.Choose(0, 200_000_000).Select(value => value / (1 << (value % 20))).NonEmptyListOf().ToArbitrary(),
        microseconds =>
        {
            var recent = new RecentRequests();
            foreach (var value in microseconds)
            {
                recent.Add(100, isError: false, TimeSpan.FromMicroseconds(value));
            }

            var traffic = recent.Read(101)!;
            var sorted = microseconds.Order().ToArray();
            return IsNear(traffic.Median, sorted[(int)Math.Ceiling(sorted.Length * .5) - 1]) && IsNear(traffic.P99, sorted[(int)Math.Ceiling(sorted.Length * .99) - 1]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void AMinute_IsSeconds_OldestFirst_AndThenForgotten()
    {
        var recent = new RecentRequests();
        recent.Add(1000, isError: false, TimeSpan.FromMilliseconds(1));
        recent.Add(1000, isError: true, TimeSpan.FromMilliseconds(1));
        recent.Add(1002, isError: true, duration: null);

        var now = recent.Read(1003)!;
        Assert.Equal([2, 0, 1], now.Requests.TakeLast(3));
        Assert.Equal((3, 2), (now.Requests.Sum(), now.Errors));
        Assert.Equal(2, recent.Read(1060)!.Requests[0]);
        Assert.Equal([1, 0], recent.Read(1062)!.Requests.Take(2));
        Assert.Null(recent.Read(1063));
        Assert.Null(new RecentRequests().Read(5));
    }

    [Fact]
    public void ARound_LaterTheSameSlots_CountAnew()
    {
        var recent = new RecentRequests();
        for (var second = 0; second < 3 * RecentRequests.Seconds; second++)
        {
            recent.Add(second, isError: false, TimeSpan.FromMilliseconds(second < 2 * RecentRequests.Seconds ? 1000 : 10));
        }

        var traffic = recent.Read(3 * RecentRequests.Seconds)!;
        Assert.All(traffic.Requests, count => Assert.Equal(1, count));
        Assert.InRange(traffic.P99!.Value.TotalMilliseconds, 9, 11);
    }

    private static bool IsNear(TimeSpan? found, int microseconds) => Math.Abs(found!.Value.TotalMicroseconds - microseconds) <= 1 + (microseconds / 15.9);
}
