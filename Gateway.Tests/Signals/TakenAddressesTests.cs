using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Signals;
using Xunit;

namespace Gateway.Tests.Signals;

public sealed class TakenAddressesTests
{
    [Fact]
    public void Listeners_OfATable_AreThoseBeforeTheFirstConnection() => Assert.Equal(
        [(2024, "47"), (8081, "48")],
        TakenAddresses.Listeners(
        [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 47 1 00000000be5d9768 100 0 0 10 0",
            "   1: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 48 1 0",
            "   2: 020200C0:B3EE 507100CB:0050 06 00000000:00000000 03:00001542 00000000     0        0 0 3 000000001d241661",
            "   3: 00000000:0051 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 49 1 0",
        ]));

    [Fact]
    public void Among_AddressThatThisProcessListensOn_IsNotTaken()
    {
        using var own = new TcpListener(IPAddress.Loopback, 0);
        own.Start();
        var port = ((IPEndPoint)own.LocalEndpoint).Port;

        Assert.Empty(TakenAddresses.Among([new ListenAddress("http", null, port), new ListenAddress("http", IPAddress.Loopback, port)]));
    }
}
