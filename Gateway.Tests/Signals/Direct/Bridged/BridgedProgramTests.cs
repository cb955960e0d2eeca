using System.Net;
using Gateway.Readiness;
using Xunit;

namespace Gateway.Tests.Signals.Direct.Bridged;

public sealed class BridgedProgramTests
{
    private static readonly string[] Table =
    [
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
        "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
        "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
        "br-1\t000111AC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
        "vpn\t0000000A\t0101A8C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0",
    ];

    [Theory]
    [InlineData("172.17.0.2", "docker0")]
    [InlineData("172.17.1.2", "br-1")]
    [InlineData("10.1.2.3", null)]
    [InlineData("8.8.8.8", null)]
    public void Interface_IsTheOneThatLeadsThereWithoutAGateway(string address, string? expected) =>
        Assert.Equal(expected, BridgedProgram.OnLinkTo(IPAddress.Parse(address), BridgedProgram.Parse(Table)));
}
