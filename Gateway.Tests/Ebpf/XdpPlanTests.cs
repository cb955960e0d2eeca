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
    public void Choose_NoNames_TakesWhatIsUp()
    {
        var (chosen, refused) = XdpPlan.Choose(XdpAttach.Generic, [], [Card, Card with { Name = "eth1", IsUp = false }]);
        Assert.Equal([Card], chosen);
        Assert.Empty(refused);
    }

    [Fact]
    public void Choose_ByName_TakesItThoughItIsDown()
    {
        var down = Card with { Name = "eth1", IsUp = false };
        Assert.Equal([down], XdpPlan.Choose(XdpAttach.Auto, ["eth1"], [Card, down]).Chosen);
    }

    [Fact]
    public void Choose_Off_TakesNothing() => Assert.Empty(XdpPlan.Choose(XdpAttach.Off, ["eth0"], [Card]).Chosen);
}
