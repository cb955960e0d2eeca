using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gateway.Lab;
using Gateway.Lab.Linking;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Lab;

[Collection(nameof(Timing))]
public sealed class DelayedLinkTests
{
    /// <summary>What the fastest quarter of the samples may be above the round trip; the rest tells of the machine, not of the link.</summary>
    private const double Margin = 5;

    [Theory]
    [InlineData(0, false)]
    [InlineData(25, false)]
    [InLongRuns(50, false)]
    [InlineData(0, true)]
    [InLongRuns(25, true)]
    [InlineData(50, true)]
    public async Task MeasureAsync_Delay_RoundTripIsTwiceThat(int delay, bool v6)
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(2 * delay));

        var times = await RoundTrip.MeasureAsync(lab.Link, samples: 20, v6);

        Assert.All(times, time => Assert.True(time.TotalMilliseconds >= 2 * delay, $"{time} is too fast"));
        Assert.InRange(times[5].TotalMilliseconds, 2 * delay, (2 * delay) + Margin);
    }

    [Fact]
    public async Task ConnectAsync_FirstOfTheLab_TakesOneRoundTrip()
    {
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(50));
            using var listener = lab.Server.Listen(new IPEndPoint(IPAddress.IPv6Any, 80));
            var started = Stopwatch.GetTimestamp();
            using var socket = await lab.Client.ConnectAsync(new IPEndPoint(lab.Link.Server.AddressV6, 80));
            var time = Stopwatch.GetElapsedTime(started);
            best = time < best ? time : best;
        }

        // A second round trip, for neighbour discovery, would make it 100.
        Assert.InRange(best.TotalMilliseconds, 50, 60);
    }

    [Fact]
    public async Task SetDelayAsync_WhileInUse_NextPacketsTakeTheNewTime()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
        var before = await RoundTrip.MeasureAsync(lab.Link, samples: 8);

        await lab.Link.SetDelayAsync(TimeSpan.FromMilliseconds(20));
        var after = await RoundTrip.MeasureAsync(lab.Link, samples: 8);

        Assert.InRange(before[2].TotalMilliseconds, 0, Margin);
        Assert.InRange(after[2].TotalMilliseconds, 40, 40 + Margin);
        Assert.Equal(TimeSpan.FromMilliseconds(20), lab.Link.Delay);
    }

    [Fact]
    public async Task GetStatisticsAsync_DelayShortened_FramesUnderWayCountAsLateUntilReset()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromSeconds(20));
        using var socket = lab.Client.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.SendToAsync(new byte[1], new IPEndPoint(lab.Link.Server.Address, 9));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        await lab.Link.SetDelayAsync(TimeSpan.FromMilliseconds(1));
        await RoundTrip.MeasureAsync(lab.Link, samples: 1);

        var late = await lab.Link.GetStatisticsAsync();
        await lab.Link.ResetStatisticsAsync();
        var reset = await lab.Link.GetStatisticsAsync();

        Assert.False(late.IsUndisturbed);
        Assert.InRange(late.ToServer.LongestLateness.TotalMilliseconds, 40, 10_000);
        Assert.Equal((0, 0, TimeSpan.Zero), (reset.ToServer.Passed, reset.ToServer.Late, reset.ToServer.LongestLateness));
    }

    [Fact]
    public async Task AddressAt_OtherThanTheDevices_IsReachedWithoutConfiguration()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
        var endpoint = new IPEndPoint(lab.Link.Server.AddressAt(77), 80);
        using var listener = lab.Server.Listen(endpoint);

        using var socket = await lab.Client.ConnectAsync(endpoint);

        Assert.Equal(endpoint, socket.RemoteEndPoint);
    }

    [Fact]
    public async Task CreateAsync_TwoLinksOnOneServer_EachHasItsOwnDelay()
    {
        using var near = NetworkNamespace.Create();
        using var far = NetworkNamespace.Create();
        using var server = NetworkNamespace.Create();
        await using var first = await DelayedLink.CreateAsync(near, server, TimeSpan.Zero);
        await using var second = await DelayedLink.CreateAsync(
            far, server, TimeSpan.FromMilliseconds(15), new DelayedLinkOptions { Subnet = 300 });

        var fast = await RoundTrip.MeasureAsync(first, samples: 8);
        var slow = await RoundTrip.MeasureAsync(second, samples: 8);

        Assert.InRange(fast[2].TotalMilliseconds, 0, Margin);
        Assert.InRange(slow[2].TotalMilliseconds, 30, 30 + Margin);
    }

    [Fact]
    public async Task CreateAsync_SubnetInUse_SaysSo()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);

        var failure = await Assert.ThrowsAsync<LabException>(() => DelayedLink.CreateAsync(lab.Client, lab.Server, TimeSpan.Zero));

        Assert.Contains("lab0", failure.Message, StringComparison.Ordinal);
    }
}
