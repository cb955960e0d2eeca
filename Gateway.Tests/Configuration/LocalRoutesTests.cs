using System.Net;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class LocalRoutesTests
{
    // Of /proc/net/ipv6_route: a network by the wire, a network that is local, an address of an interface.
    private static readonly string[] Table =
    [
        "20010db8000000000000000000000000 20 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0",
        "20010db8000100000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 80000001       lo",
        "fe800000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth0",
    ];

    [Theory]
    [InlineData("2001:db8:1::7", true)]
    [InlineData("2001:db8:2::7", false)]
    [InlineData("fe80::1%3", true)]
    [InlineData("fe80::2", false)]
    public void Contain_RoutesOfTypeLocal(string address, bool expected) => Assert.Equal(expected, LocalRoutes.Contain(IPAddress.Parse(address), Table));
}
