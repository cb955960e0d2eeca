using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Lab;
using Gateway.Lab.Linking;
using Xunit;

namespace Gateway.Tests.Lab;

public sealed class LinkTrafficTests
{
    /// <summary>FrameQueue's capacity, LinkWorker.</summary>
    private const int QueueCapacity = 4096;

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task Transfer_TenMegabytes_LosesNoFrame(int roundTrip)
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(roundTrip));
        using var listener = lab.Server.Listen(new IPEndPoint(IPAddress.Any, 80));
        var data = RandomNumberGenerator.GetBytes(10 * 1024 * 1024);

        var received = HashAllAsync(listener);
        using (var socket = await lab.Client.ConnectAsync(new IPEndPoint(lab.Link.Server.Address, 80)))
        {
            await socket.SendAsync(data);
        }

        Assert.Equal(SHA256.HashData(data), await received);
        var statistics = await lab.Link.GetStatisticsAsync();
        Assert.Equal((0, 0), (statistics.ToServer.Dropped, statistics.ToClient.Dropped));
        Assert.True(statistics.ToServer.Passed > data.Length / 1500);
        Assert.Equal(0, await DeviceDropsAsync(lab.Link.Client));
        Assert.Equal(0, await DeviceDropsAsync(lab.Link.Server));
    }

    [Fact]
    public async Task SetDelayAsync_PacketsUnderWay_ArriveSoonerAndInOrder()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromSeconds(8));
        using var receiver = Bind(lab.Link.Server);
        using var sender = Bind(lab.Link.Client);

        // Few enough for the receiver's default buffer (rmem_default) while nobody reads.
        const int Count = 100;
        for (var i = 0; i < Count; i++)
        {
            if (i == Count / 2)
            {
                await lab.Link.SetDelayAsync(TimeSpan.FromMilliseconds(1));
            }
            else if (i == Count * 3 / 4)
            {
                await lab.Link.SetDelayAsync(TimeSpan.Zero);
            }

            await sender.SendToAsync(BitConverter.GetBytes(i), receiver.LocalEndPoint!);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        var packet = new byte[4];
        for (var i = 0; i < Count; i++)
        {
            await receiver.ReceiveAsync(packet, limit.Token);
            Assert.Equal(i, BitConverter.ToInt32(packet));
        }
    }

    [Fact]
    public async Task GetStatisticsAsync_MoreFramesThanTheQueueHolds_CountsTheRestAsDropped()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromSeconds(20));
        using var sender = Bind(lab.Link.Client);
        var before = (await lab.Link.GetStatisticsAsync()).ToServer;
        const int Count = QueueCapacity + 1000;
        for (var i = 0; i < Count; i++)
        {
            await sender.SendToAsync(new byte[1], new IPEndPoint(lab.Link.Server.Address, 9));
        }

        var after = before;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        while (after.InFlight + after.Dropped - before.Dropped < Count)
        {
            limit.Token.ThrowIfCancellationRequested();
            after = (await lab.Link.GetStatisticsAsync()).ToServer;
        }

        Assert.Equal(QueueCapacity, after.InFlight);

        // A few multicast reports of the kernel's own may be among them (RFC 3810).
        Assert.InRange(after.Dropped - before.Dropped, 1000, 1010);
    }

    private static Socket Bind(LinkEnd end)
    {
        var socket = end.Namespace.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(end.Address, 0));
        return socket;
    }

    private static async Task<byte[]> HashAllAsync(Socket listener)
    {
        using var socket = await listener.AcceptAsync();
        await using var stream = new NetworkStream(socket);
        return await SHA256.HashDataAsync(stream);
    }

    /// <summary>Frames that the device dropped because the link did not read them in time.</summary>
    private static async Task<long> DeviceDropsAsync(LinkEnd end)
    {
        var result = await end.Namespace.ExecuteAsync("cat", "/proc/net/dev");
        var fields = result.ThrowIfFailed().Output.Split('\n').Single(line => line.Contains(end.Device, StringComparison.Ordinal))
            .Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);

        // The name, eight counters of receiving; then bytes, packets, errors, drops of sending (net/core/net-procfs.c).
        return long.Parse(fields[12]);
    }
}
