using System.Diagnostics;
using Gateway.Ebpf.Hooks;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>How many SYNs are told: by source, by network, in all, and those of proven sources. The frames' addresses are what a sender wrote into them.</summary>
[Collection(KernelCollection.Name)]
public sealed class SynLimitTests
{
    private const uint Function = 3;

    /// <summary>Three at once, and the next one a quarter of an hour later.</summary>
    private static readonly EventRate Three = new(PerSecond: 0.001, Burst: 3);

    [Theory]
    [InlineData("198.51.100.4", "198.51.100.4", "198.51.100.5")]
    [InlineData("2001:db8:1:2::4", "2001:db8:1:2:ffff::9", "2001:db8:1:3::4")] // a host has a whole /64
    public void Run_MoreSynsOfASourceThanItsBurst_AreOverSource(string source, string itself, string other)
    {
        using var kernel = Kernel(new SynLimits { PerSource = Three, Remember = 1024 });
        AssertTold(kernel, source, source, source);
        AssertNotTold(kernel, itself, "over_source");
        AssertTold(kernel, other);
    }

    [Theory]
    [InlineData("198.51.100.4", "198.51.100.5", "198.51.100.6", "198.51.100.7", "198.51.101.4")]
    [InlineData("2001:db8:1:2::4", "2001:db8:1:3::4", "2001:db8:1:4::4", "2001:db8:1:ffff::4", "2001:db8:2:2::4")]
    public void Run_MoreSynsOfANetworkThanItsBurst_AreOverNetwork(string one, string two, string three, string four, string other)
    {
        using var kernel = Kernel(new SynLimits { PerSource = Three, PerNetwork = Three, Remember = 1024 });
        AssertTold(kernel, one, two, three);
        AssertNotTold(kernel, four, "over_network");
        AssertTold(kernel, other);
    }

    [Fact]
    public void Run_MoreSynsThanTheBurstOfAll_AreOverTotal()
    {
        using var kernel = Kernel(new SynLimits { Total = Three });
        AssertTold(kernel, "198.51.100.4", "203.0.113.4", "2001:db8::4");
        AssertNotTold(kernel, "192.0.2.200", "over_total");
    }

    [Fact]
    public void Run_OneGreedySource_TakesNobodysTokens()
    {
        using var kernel = Kernel(new SynLimits { PerSource = new(0.001, 1), Total = Three, Remember = 1024 });
        AssertTold(kernel, "198.51.100.4");
        for (var i = 0; i < 10; i++)
        {
            AssertNotTold(kernel, "198.51.100.4", "over_source");
        }
        AssertTold(kernel, "198.51.100.5", "198.51.100.6");
        AssertNotTold(kernel, "198.51.100.7", "over_total");
    }

    [Fact]
    public void Run_AfterAWhile_TokensComeBack()
    {
        using var kernel = Kernel(new SynLimits { PerSource = new(PerSecond: 20, Burst: 1), Remember = 1024 });
        AssertTold(kernel, "198.51.100.4");
        AssertNotTold(kernel, "198.51.100.4", "over_source");
        var began = Stopwatch.StartNew();
        while (Run(kernel, "198.51.100.4") != "syn")
        {
            Assert.InRange(began.Elapsed.TotalSeconds, 0, 30);
        }
        Assert.InRange(began.Elapsed.TotalMilliseconds, 20, 30_000); // fifty, less what the runs before took
    }

    // The bucket holds the time at which it is full. The clock counts nanoseconds in 64 bits, so half of its range is 292 years.
    [Theory]
    [InlineData(-1)]
    [InlineData(-(1L << 62))]
    [InlineData(long.MinValue + 1_000_000_000_000)]
    public void Run_BucketThatWasIdleForAges_IsFullAndNoMore(long age)
    {
        using var kernel = Kernel(new SynLimits { Total = Three });
        kernel.Run(hooks => hooks.Maps.ArrayMap<ulong>("tokens")[0] = (ulong)unchecked(Stopwatch.GetTimestamp() + age));
        AssertTold(kernel, "198.51.100.4", "198.51.100.4", "198.51.100.4");
        AssertNotTold(kernel, "198.51.100.4", "over_total");
    }

    [Fact]
    public void Run_ProvenSource_KeepsItsSynOverTheTotalWithinABucketOfItsOwn()
    {
        using var kernel = Kernel(new SynLimits { Total = new(0.001, 1), Proven = new(0.001, 2), ProvenFor = TimeSpan.FromHours(1), Remember = 1024 });
        kernel.Run(_ => FrameConnection.AddAddresses());
        AssertTold(kernel, "203.0.113.4");
        AssertNotTold(kernel, Client4.ToString(), "over_total");
        kernel.Run(_ =>
        {
            FrameConnection.IPv4().Dispose();
            FrameConnection.IPv6().Dispose();
        });

        Assert.Equal("proven, syn", Run(kernel, Client4.ToString()));
        AssertNotTold(kernel, "198.51.100.99", "over_total"); // its neighbour
        Assert.Equal("proven, syn", Run(kernel, "2001:db8::ffff")); // another address of the same host
        AssertNotTold(kernel, Client4.ToString(), "over_proven");
        // What the gateway asks of the map is what the kernel asks.
        Assert.Equal([true, false, true, false], new[] { Client4.ToString(), "198.51.100.99", "2001:db8::ffff", "2001:db8:0:1::1" }.Select(source => IsProven(kernel, source)));
    }

    [Fact]
    public void Run_SourceThatWasProvenTooLongAgo_IsNotAnException()
    {
        using var kernel = Kernel(new SynLimits { Total = new(0.001, 1), Proven = new(0, 0), ProvenFor = TimeSpan.FromMilliseconds(20), Remember = 1024 });
        kernel.Run(_ => FrameConnection.AddAddresses());
        AssertTold(kernel, "203.0.113.4");
        kernel.Run(_ => FrameConnection.IPv4().Dispose());
        var began = Stopwatch.StartNew();
        while (Run(kernel, Client4.ToString()) != "over_total")
        {
            Assert.InRange(began.Elapsed.TotalSeconds, 0, 30);
        }
    }

    [Fact]
    public void OnConnection_OverEveryLimit_TheEstablishedConnectionIsTold()
    {
        using var kernel = new HookedKernel(new KernelHooksOptions { Xdp = XdpAttach.Off, MaxFunctions = 1024, Limits = new SynLimits { PerSource = new(0.001, 1), Remember = 1024 } });
        using var listener = new Loopback(System.Net.IPAddress.IPv6Loopback);
        kernel.Hooks.SetDestination(null, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);
        listener.Connect(System.Net.IPAddress.IPv6Loopback);
        Assert.Equal(Triggers.Syn, kernel.Log.NextConnection().Kind);
        kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);
        var over = kernel.Count("sock_ops", "over_source");

        listener.Connect(System.Net.IPAddress.IPv6Loopback);

        Assert.Equal(Triggers.Established, kernel.Log.NextConnection().Kind);
        Assert.Equal(over + 1, kernel.Count("sock_ops", "over_source"));
    }

    private static bool IsProven(NamedKernel kernel, string source)
    {
        var isProven = false;
        kernel.Run(hooks => isProven = hooks.Limits.IsProven(System.Net.IPAddress.Parse(source)));
        return isProven;
    }

    private static NamedKernel Kernel(SynLimits limits)
    {
        var kernel = new NamedKernel(limits);
        kernel.Run(hooks => hooks.SetDestination(null, LocalPort, Function));
        return kernel;
    }

    private static void AssertTold(NamedKernel kernel, params string[] sources)
    {
        foreach (var source in sources)
        {
            Assert.Equal("syn", Run(kernel, source));
        }
    }

    private static void AssertNotTold(NamedKernel kernel, string source, string why) => Assert.Equal(why, Run(kernel, source));

    private static string Run(NamedKernel kernel, string source) => kernel.Outcomes(SynFrom(source), Function);
}
