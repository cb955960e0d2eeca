using System.Net;
using Gateway.Ebpf.Hooks;
using LibBpf;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>The XDP program on single frames, by BPF_PROG_TEST_RUN. It is loaded by attaching to the loopback of a namespace of its own.</summary>
[Collection(KernelCollection.Name)]
public sealed class XdpProgramTests : IDisposable
{
    private const uint Function = 3;
    private const uint XdpPass = 2; // enum xdp_action, linux/bpf.h
    private const int EthernetHeader = 14; // the least that BPF_PROG_TEST_RUN takes

    private readonly NetworkNamespace _space = new();
    private HookedKernel _kernel = null!;

    private readonly ITestOutputHelper _output;

    public XdpProgramTests(ITestOutputHelper output)
    {
        _output = output;
        _space.Run(() =>
        {
            _kernel = new HookedKernel(XdpAttach.Generic, "lo");
            _kernel.Hooks.SetDestination(null, Packet.LocalPort, Function);
        });
    }

    [Fact]
    public void Run_Syn_OneEventWithBothEnds() => _space.Run(() => Assert.All(PacketFixtures.Syns, syn =>
    {
        var (name, frame) = syn;
        var events = RunArmed(frame, "syn");

        var e = Assert.Single(events);
        var v6 = name.Contains("IPv6", StringComparison.Ordinal);
        Assert.Equal((Function, Triggers.Syn, HookKind.Xdp), (e.Function, e.Kind, e.Hook));
        Assert.Equal(new IPEndPoint(v6 ? Packet.Server6 : Packet.Server4, Packet.LocalPort), e.Local);
        Assert.Equal(new IPEndPoint(v6 ? Packet.Client6 : Packet.Client4, Packet.RemotePort), e.Remote);
    }));

    [Fact]
    public void Run_TruncatedAnywhere_PassesAndCounts() => _space.Run(() => Assert.All(PacketFixtures.Syns.Values, frame =>
    {
        for (var length = EthernetHeader; length < frame.Length; length++)
        {
            Assert.Empty(RunArmed(frame[..length], "truncated"));
        }
    }));

    [Fact]
    public void Run_NotASyn_PassesWithoutATrace() => _space.Run(() =>
        Assert.All(PacketFixtures.Others, other => Assert.Empty(RunArmed(other.Value, outcome: null))));

    [Fact]
    public void Run_BeyondItsLimits_PassesAndCountsWhy() => _space.Run(() => Assert.All(PacketFixtures.GivenUp, givenUp =>
    {
        var (outcome, bytes) = givenUp.Value;
        Assert.Empty(RunArmed(bytes, outcome));
    }));

    [Fact]
    public void Run_SynForNobody_CountsUnknown() => _space.Run(() =>
    {
        Assert.True(_kernel.Hooks.RemoveDestination(null, Packet.LocalPort));
        Assert.Empty(RunArmed(PacketFixtures.Syns["IPv4"], "unknown"));
    });

    [Fact]
    public void Run_OnlyEstablishedArmed_IsQuiet() => _space.Run(() =>
    {
        _kernel.Hooks.Arm(Function, Triggers.Established);
        Assert.Equal(XdpPass, Program.TestRun(PacketFixtures.Syns["IPv4"]).ReturnValue);
        Assert.Empty(_kernel.EventsSoFar());
        Assert.Equal(Triggers.Established, _kernel.Hooks.ArmedTriggers(Function));
        Assert.Equal(1, _kernel.Count("xdp", "quiet"));
    });

    [Fact]
    public void Run_RingIsFull_CountsAndStaysArmed() => _space.Run(() =>
    {
        _kernel.Log.Block();
        while (_kernel.Count("xdp", "ring_full") == 0)
        {
            _kernel.Hooks.Arm(Function, Triggers.Syn);
            Program.TestRun(PacketFixtures.Syns["IPv4"]);
        }

        Assert.Equal(Triggers.Syn, _kernel.Hooks.ArmedTriggers(Function));
        Assert.InRange(_kernel.Count("xdp", "syn"), 1000, 10_000);

        var told = (int)_kernel.Count("xdp", "syn");
        _kernel.Log.Unblock();
        for (var i = 0; i < told; i++)
        {
            _kernel.Log.NextConnection();
        }
        Program.TestRun(PacketFixtures.Syns["IPv4"]); // armed still: the next SYN is told
        Assert.Equal(Function, _kernel.Log.NextConnection().Function);
    });

    [Fact]
    public void Run_SynOfAnAwakeFunction_TakesLessThanAMicrosecond() => _space.Run(() =>
    {
        _kernel.Hooks.Disarm(Function);
        var awake = Program.TestRun(PacketFixtures.Syns["IPv4"], repeat: 100_000);
        var data = Program.TestRun(PacketFixtures.Others["ACK"], repeat: 100_000);
        _output.WriteLine($"SYN of an awake function {awake.Nanoseconds} ns, any other segment {data.Nanoseconds} ns");
        Assert.InRange(awake.Nanoseconds, 1u, 999u);
        Assert.InRange(data.Nanoseconds, 1u, awake.Nanoseconds);
    });

    public void Dispose()
    {
        _space.Run(_kernel.Dispose);
        _space.Dispose();
    }

    private BpfProgram Program => _kernel.Hooks.Program("hs_xdp");

    /// <summary>Runs the frame with the function armed. Checks that it passes unchanged and that just this outcome (or none) was counted.</summary>
    private IReadOnlyList<ConnectionEvent> RunArmed(byte[] frame, string? outcome)
    {
        _kernel.Hooks.Arm(Function, Triggers.Syn);
        var before = XdpCounters();
        var run = Program.TestRun(frame);
        var counted = XdpCounters().Where(pair => pair.Value != before[pair.Key]).ToDictionary(pair => pair.Key, pair => pair.Value - before[pair.Key]);

        Assert.Equal(XdpPass, run.ReturnValue);
        Assert.Equal(frame, run.Packet);
        Assert.Equal(outcome is null ? [] : new Dictionary<string, long> { [outcome] = 1 }, counted);
        return _kernel.EventsSoFar();
    }

    private Dictionary<string, long> XdpCounters() =>
        _kernel.Hooks.ReadCounters().Where(counter => counter.Program == "xdp").ToDictionary(counter => counter.Outcome, counter => counter.Count);
}
