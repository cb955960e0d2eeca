using Gateway.Readiness;
using Xunit;

namespace Gateway.Tests.Readiness;

public sealed class ListeningSocketTests
{
    [Fact]
    public void Parse_OfATable_GivesTheListeningSocketsBeforeTheFirstConnection() => Assert.Equal(
        [("0.0.0.0:2024", "47"), ("[::]:8081", "48"), ("127.0.0.1:8080", "49"), ("[::1]:8080", "50"), ("192.0.2.2:443", "51")],
        ListeningSocket.Parse(
        [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 47 1 00000000be5d9768 100 0 0 10 0",
            "   1: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 48 1 0",
            "   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 49 1 0",
            "   3: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 50 1 0",
            "   4: 0000000000000000FFFF0000020200C0:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51 1 0",
            "   5: 020200C0:B3EE 507100CB:0050 06 00000000:00000000 03:00001542 00000000     0        0 0 3 000000001d241661",
            "   6: 00000000:0051 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 52 1 0",
        ]).Select(socket => (socket.Endpoint.ToString(), socket.Inode)));

    [Theory]
    [InlineData("0100007F:1F90", "127.0.0.1:8080", true)]
    [InlineData("00000000:1F90", "127.0.0.1:8080", true)]
    [InlineData("00000000000000000000000000000000:1F90", "127.0.0.1:8080", true)]
    [InlineData("00000000000000000000000001000000:1F90", "127.0.0.1:8080", false)]
    [InlineData("0200007F:1F90", "127.0.0.1:8080", false)]
    [InlineData("00000000:1F91", "127.0.0.1:8080", false)]
    [InlineData("00000000:1F90", "[::1]:8080", false)]
    public void Takes_AnEndpoint_IsWhetherAConnectionReachesIt(string listening, string endpoint, bool takes)
    {
        string[] table = ["header", $"0: {listening} 00000000:0000 0A 0:0 0:0 0 0 0 47 1"];

        Assert.Equal(takes, Assert.Single(ListeningSocket.Parse(table)).Takes(System.Net.IPEndPoint.Parse(endpoint)));
    }
}
