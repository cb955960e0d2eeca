using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Signals;
using Xunit;

namespace Gateway.Tests.Signals;

public sealed class TakenAddressesTests
{
    [Fact]
    public void Among_AddressThatThisProcessListensOn_IsNotTaken()
    {
        using var own = new TcpListener(IPAddress.Loopback, 0);
        own.Start();
        var port = ((IPEndPoint)own.LocalEndpoint).Port;

        Assert.Empty(TakenAddresses.Among([new ListenAddress("http", null, port), new ListenAddress("http", IPAddress.Loopback, port)]));
    }
}
