using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

public sealed class XdpPlanTests
{
    private static readonly NetworkDevice Card = new("eth0", 2, IsUp: true, IsLoopback: false, "ixgbe", "0000:03:00.0");

    [Theory]
    [InlineData("ixgbe", "0000:03:00.0", true)]
    [InlineData("virtio_net", "0000:00:04.0", true)]
    [InlineData("mlx5_core", "0000:81:00.1", true)]
    [InlineData("veth", "", false)]
    [InlineData("tun", "tap", false)]
    [InlineData("tun", "tun", false)]
    [InlineData("bridge", "N/A", false)]
    [InlineData("bonding", "", false)]
    [InlineData("802.1Q VLAN Support", "N/A", false)]
    [InlineData("macvlan", "", false)]
    [InlineData("something new", "", false)] // no bus: not a card
    [InlineData("", "", false)]
    public void WhyNotNative_ByDriverAndBus_OnlyCardsPass(string driver, string bus, bool card) =>
        Assert.Equal(card, XdpPlan.WhyNotNative(Card with { Driver = driver, Bus = bus }) is null);

    [Fact]
    public void WhyNotNative_Loopback_IsNoCard() => Assert.NotNull(XdpPlan.WhyNotNative(Card with { IsLoopback = true }));

    [Fact]
    public void Concerns_NoNames_WhatIsUp()
    {
        Assert.True(XdpPlan.Concerns(XdpAttach.Generic, [], Card));
        Assert.False(XdpPlan.Concerns(XdpAttach.Generic, [], Card with { IsUp = false }));
    }

    [Fact]
    public void Concerns_ByName_ThatOneThoughItIsDown()
    {
        Assert.True(XdpPlan.Concerns(XdpAttach.Auto, ["eth0"], Card with { IsUp = false }));
        Assert.False(XdpPlan.Concerns(XdpAttach.Auto, ["eth1"], Card));
    }

    [Fact]
    public void Concerns_Off_Nothing() => Assert.False(XdpPlan.Concerns(XdpAttach.Off, ["eth0"], Card));

    [Fact]
    public void WhyNot_AskedForByTheConfiguration_EveryDeviceWillDo()
    {
        var veth = Card with { Driver = "veth", Bus = "" };
        Assert.NotNull(XdpPlan.WhyNot(XdpAttach.Auto, veth));
        Assert.Null(XdpPlan.WhyNot(XdpAttach.Native, veth));
        Assert.Null(XdpPlan.WhyNot(XdpAttach.Generic, veth));
    }
}
