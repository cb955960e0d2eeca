using System.Net;
using System.Net.Sockets;
using Gateway.Lab.Networking;
using Gateway.Runtimes.Process;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

public sealed class FreePortsTests
{
    [Fact]
    public async Task Take_OthersListenOnOneAddress_IsFreeOnAll()
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("link set lo up");
        (await space.ExecuteAsync("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40003")).ThrowIfFailed();
        using var one = space.Listen(new IPEndPoint(IPAddress.Parse("127.72.83.1"), 40000));
        using var two = space.Listen(new IPEndPoint(IPAddress.Loopback, 40001));
        using var three = space.Listen(new IPEndPoint(IPAddress.IPv6Loopback, 40003));

        for (var round = 0; round < 20; round++)
        {
            Assert.Equal(40002, space.Run(new FreePorts().Take));
        }
    }

    [Fact]
    public async Task Take_NoneIsFree_SaysSo()
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("link set lo up");
        (await space.ExecuteAsync("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40000")).ThrowIfFailed();
        using var one = space.Listen(new IPEndPoint(IPAddress.Parse("127.72.83.1"), 40000));

        Assert.Throws<SocketException>(() => space.Run(new FreePorts().Take));
    }

    [Fact]
    public async Task Take_NobodyListensYet_IsNotGivenOutAgain()
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("link set lo up");
        (await space.ExecuteAsync("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40007")).ThrowIfFailed();
        var ports = new FreePorts();

        var taken = Enumerable.Range(0, 8).Select(_ => space.Run(ports.Take)).ToArray();

        Assert.Equal(Enumerable.Range(40000, 8), taken.Order());
        Assert.Throws<SocketException>(() => space.Run(ports.Take));
        ports.Return(40003);
        Assert.Equal(40003, space.Run(ports.Take));
    }
}
