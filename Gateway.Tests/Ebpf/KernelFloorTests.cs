using System.Diagnostics;
using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>Signals that the gateway wants withheld, from a network or from all.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelFloorTests : IDisposable
{
    private const uint Function = 3;

    private readonly NamedKernel _kernel = new(new SynLimits { Proven = new(0.001, 1), ProvenFor = TimeSpan.FromHours(1), Remember = 1024 });

    public KernelFloorTests() => _kernel.Run(hooks =>
    {
        FrameConnection.AddAddresses();
        hooks.SetDestination(null, LocalPort, Function);
    });

    [Theory]
    [InlineData("198.51.100.77", "198.51.100.4", "198.51.101.4")]
    [InlineData("::ffff:198.51.100.77", "198.51.100.4", "198.51.101.4")]
    [InlineData("2001:db8:1:77::7", "2001:db8:1:2::4", "2001:db8:2:2::4")]
    public void Withhold_SynsOfANetwork_OnlyThoseAreNotTold(string member, string source, string other)
    {
        _kernel.Run(hooks => hooks.Limits.Withhold(IPAddress.Parse(member), Triggers.Syn, TimeSpan.FromHours(1)));
        Assert.Equal("below_floor", Run(source));
        Assert.Equal("syn", Run(other));

        _kernel.Run(hooks => hooks.Limits.Withhold(IPAddress.Parse(member), Triggers.None, TimeSpan.Zero));
        Assert.Equal("syn", Run(source));
    }

    [Fact]
    public void Withhold_SynsOfANetwork_EndsByItself()
    {
        _kernel.Run(hooks => hooks.Limits.Withhold(Client4, Triggers.Syn, TimeSpan.FromMilliseconds(50)));
        var began = Stopwatch.StartNew();
        while (Run(Client4.ToString()) != "syn")
        {
            Assert.InRange(began.Elapsed.TotalSeconds, 0, 30);
        }
    }

    [Fact]
    public void Withhold_SynsOfAll_ProvenSourcesAreExceptedButNotFromTheirNetworksFloor()
    {
        Connect();
        _kernel.Run(hooks => hooks.Limits.Withhold(Triggers.Syn));
        Assert.Equal("below_floor", Run("203.0.113.4"));
        Assert.Equal("proven, syn", Run(Client4.ToString()));
        Assert.Equal("over_proven", Run(Client4.ToString()));

        _kernel.Run(hooks => hooks.Limits.Withhold(Client4, Triggers.Syn, TimeSpan.FromHours(1)));
        Assert.Equal("below_floor", Run(Client4.ToString()));

        _kernel.Run(hooks => hooks.Limits.Withhold(Triggers.None));
        Assert.Equal("syn", Run("203.0.113.4"));
    }

    [Fact]
    public void Withhold_EstablishedOfAll_TheConnectionItselfDoesNotCountAsProof()
    {
        _kernel.Run(hooks =>
        {
            hooks.Limits.Withhold(Triggers.Syn | Triggers.Established);
            hooks.Arm(Function, Triggers.Established);
        });
        Connect();
        _kernel.Run(hooks => Assert.Equal(Triggers.Established, hooks.ArmedTriggers(Function)));
        Connect(); // now the source is proven
        _kernel.Run(hooks => Assert.Equal(Triggers.None, hooks.ArmedTriggers(Function)));
    }

    public void Dispose() => _kernel.Dispose();

    private void Connect() => _kernel.Run(_ => FrameConnection.IPv4().Dispose());

    private string Run(string source) => _kernel.Outcomes(SynFrom(source), Function);
}
