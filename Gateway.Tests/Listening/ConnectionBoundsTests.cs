using System.Net;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;
using Xunit;
namespace Gateway.Tests.Listening;

public sealed class ConnectionBoundsTests
{
    private const long Gigabyte = 1L << 30;

    // A connection needs another one to its function; a quarter of the descriptors, 8,192 at most, is for everything else.
    [Theory]
    [InlineData(1024, 200, 8 * Gigabyte, 284, 71, 768)]
    [InlineData(65536, 200, 64 * Gigabyte, 28572, 7143, 57344)]
    // 64 KiB of half of the memory for each connection.
    [InlineData(1048576, 200, Gigabyte, 8192, 2048, 1040384)]
    [InlineData(int.MaxValue, 200, 8 * Gigabyte, 65536, 16384, int.MaxValue - 8192)]
    // There is no room at all, and a little is given all the same.
    [InlineData(128, 200, Gigabyte, 16, 4, 64)]
    public void Of_DescriptorsAndMemory_IsWhatFits(int descriptors, int inUse, long memory, int connections, int perClient, int mark)
    {
        var bounds = ConnectionBounds.Of(new ClientLimits(), descriptors, inUse, memory);

        Assert.Equal((connections, perClient, mark), (bounds.Connections, bounds.PerClient, bounds.ClientMark));
        Assert.InRange(bounds.FunctionMark, bounds.ClientMark + 1, descriptors - 1);
        Assert.InRange(bounds.Admin, 8, 64);
    }

    [Fact]
    public void Of_WhatTheUserWrote_IsTaken()
    {
        var bounds = ConnectionBounds.Of(new ClientLimits { Connections = 100_000, ConnectionsPerClient = 7 }, 1024, 200, Gigabyte);

        Assert.Equal((100_000, 7, 284), (bounds.Connections, bounds.PerClient, bounds.ByDescriptors));
    }

    [Theory]
    [InlineData("198.51.100.4", "198.51.100.4", true)]
    [InlineData("198.51.100.4", "::ffff:198.51.100.4", true)]
    [InlineData("198.51.100.4", "198.51.100.5", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("0.0.0.0", "::", false)]
    public void ClientGroup_IsAnAddressOrA64(string one, string other, bool same) =>
        Assert.Equal(same, ClientGroup.Of(IPAddress.Parse(one)) == ClientGroup.Of(new IPEndPoint(IPAddress.Parse(other), 1)));

    [Theory]
    [InlineData("::ffff:198.51.100.4", "198.51.100.4")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1::/64")]
    public void ClientGroup_AsText_IsWhatAnOperatorWrites(string address, string expected) => Assert.Equal(expected, ClientGroup.Of(IPAddress.Parse(address)).ToString());

    [Fact]
    public void ClientGroup_WithoutAnAddress_IsNobodyElse()
    {
        Assert.False(ClientGroup.Of(endpoint: null).HasAddress);
        Assert.NotEqual(ClientGroup.Of(endpoint: null), ClientGroup.Of(IPAddress.IPv6Loopback));
        Assert.NotEqual(ClientGroup.Admin, ClientGroup.Of(IPAddress.Any));
    }
}
