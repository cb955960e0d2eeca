using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>What a SYN to a shared destination wakes by who sends it.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelClientsTests : IDisposable
{
    private const uint Hello = 3, Other = 4;

    private readonly NamedKernel _kernel = new();

    public KernelClientsTests() => _kernel.Run(hooks => hooks.SetDestination(null, LocalPort, KernelHooks.Shared));

    [Theory]
    [InlineData("198.51.100.4", true)]
    [InlineData("198.51.100.99", true)] // its neighbour was here
    [InlineData("198.51.101.4", false)]
    public void Run_SynFromIPv4_WakesWhatTheClientOrItsGroupAskedForLast(string seen, bool wakes) =>
        AssertWakes(seen, Of(Ethernet(IPv4Type), IPv4(), Segment()), wakes);

    [Theory]
    [InlineData("2001:db8::4", true)]
    [InlineData("2001:db8::ffff:1:2:3", true)]
    [InlineData("2001:db8:0:1::4", false)]
    public void Run_SynFromIPv6_WakesWhatTheClientOrItsGroupAskedForLast(string seen, bool wakes) =>
        AssertWakes(seen, Of(Ethernet(IPv6Type), IPv6(), Segment()), wakes);

    [Fact]
    public void Run_ClientAndNeighbourDiffer_TheClientsOwnCounts()
    {
        Set("198.51.100.4", Hello);
        Set("198.51.100.99", Other);
        Assert.Equal(Hello, Assert.Single(Syn4(Hello, Other).Events).Function);
    }

    [Fact]
    public void Run_GroupGuessedWrongTooOften_WakesNobody()
    {
        Set("198.51.100.4", Hello);
        Set("198.51.100.99", Other, usable: false);
        var (events, counted) = Syn4(Hello, Other);
        Assert.Empty(events);
        Assert.Equal(new() { ["shared"] = 1 }, counted);
    }

    [Fact]
    public void Run_LastAskedForNoFunction_WakesNobody()
    {
        Set("198.51.100.4", KernelHooks.Shared);
        Assert.Empty(Syn4(Hello, Other).Events);
    }

    [Fact]
    public void Run_SynWithAnId_TheIdCounts()
    {
        Set("198.51.100.4", Hello);
        _kernel.Run(hooks => hooks.SetSynId("other", Other));
        var e = Assert.Single(_kernel.RunArmed(Of(Ethernet(IPv4Type), IPv4(), SynWith(SynId("other"))), Hello, Other).Events);
        Assert.Equal((Other, NamedBy.SynId), (e.Function, e.NamedBy));
    }

    [Fact]
    public void Run_SynWithAnUnknownId_TheClientCounts()
    {
        Set("198.51.100.4", Hello);
        var (events, counted) = _kernel.RunArmed(Of(Ethernet(IPv4Type), IPv4(), SynWith(SynId("nobody"))), Hello);
        Assert.Equal((Hello, NamedBy.Client), (Assert.Single(events).Function, events[0].NamedBy));
        Assert.Equal(new() { ["unknown_id"] = 1, ["syn"] = 1 }, counted);
    }

    [Fact]
    public void Set_MoreClientsThanAreRemembered_ForgetsTheOldest() => _kernel.Run(hooks =>
    {
        for (var i = 0; i < 20_000; i++)
        {
            hooks.Clients.Set(new IPAddress([10, (byte)(i / 256), (byte)i, 1]), new ClientRecord(Hello, 0, 0, Usable: true));
        }

        Assert.Null(hooks.Clients.Find(new IPAddress([10, 0, 0, 1])));
        Assert.Equal(Hello, hooks.Clients.Find(new IPAddress([10, 78, 31, 1]))!.Value.Function);
    });

    [Fact]
    public void Find_MappedAddress_IsTheSameClient() => _kernel.Run(hooks =>
    {
        hooks.Clients.Set(IPAddress.Parse("::ffff:192.0.2.9"), new ClientRecord(Hello, 5, 4, Usable: true));
        Assert.Equal(new ClientRecord(Hello, 5, 4, Usable: true), hooks.Clients.Find(IPAddress.Parse("192.0.2.9")));
        Assert.Equal(new ClientRecord(Hello, 5, 4, Usable: true), hooks.Clients.Find(IPAddress.Parse("192.0.2.10")));
        Assert.Null(hooks.Clients.Find(IPAddress.Parse("192.0.3.9")));
    });

    public void Dispose() => _kernel.Dispose();

    private void AssertWakes(string seen, byte[] frame, bool wakes)
    {
        Set(seen, Hello);
        var (events, counted) = _kernel.RunArmed(frame, Hello);
        Assert.Equal(wakes ? [(Hello, NamedBy.Client)] : Array.Empty<(uint, NamedBy)>(), events.Select(e => (e.Function, e.NamedBy)));
        Assert.Equal(new() { [wakes ? "syn" : "shared"] = 1 }, counted);
    }

    private (IReadOnlyList<ConnectionEvent> Events, Dictionary<string, long> Counted) Syn4(params uint[] armed) =>
        _kernel.RunArmed(Of(Ethernet(IPv4Type), IPv4(), Segment()), armed);

    private void Set(string client, uint function, bool usable = true) =>
        _kernel.Run(hooks => hooks.Clients.Set(IPAddress.Parse(client), new ClientRecord(function, 0, 0, usable)));
}
