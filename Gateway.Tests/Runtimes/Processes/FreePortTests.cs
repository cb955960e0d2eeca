using System.Net;
using System.Net.Sockets;
using Gateway.Lab.Networking;
using Gateway.Runtimes.Process;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

public sealed class FreePortTests
{
    [Fact]
    public async Task Find_OthersListenOnOneAddress_IsFreeOnAll()
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("link set lo up");
        (await space.ExecuteAsync("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40003")).ThrowIfFailed();
        using var one = space.Listen(new IPEndPoint(IPAddress.Parse("127.72.83.1"), 40000));
        using var two = space.Listen(new IPEndPoint(IPAddress.Loopback, 40001));
        using var three = space.Listen(new IPEndPoint(IPAddress.IPv6Loopback, 40003));

        for (var round = 0; round < 20; round++)
        {
            Assert.Equal(40002, space.Run(FreePort.Find));
        }
    }

    [Fact]
    public async Task Find_NoneIsFree_SaysSo()
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("link set lo up");
        (await space.ExecuteAsync("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40000")).ThrowIfFailed();
        using var one = space.Listen(new IPEndPoint(IPAddress.Parse("127.72.83.1"), 40000));

        Assert.Throws<SocketException>(() => space.Run(FreePort.Find));
    }
}
