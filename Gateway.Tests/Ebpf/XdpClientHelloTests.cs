using Gateway.Ebpf.Hooks;
using Gateway.Tests.Listening;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>ClientHellos behind the handshake, which XDP, or tcx in its place, reads when it is asked to.</summary>
[Collection(KernelCollection.Name)]
public abstract class XdpClientHelloTests : IDisposable
{
    private const uint Hello = 3, Own = 4;

    private static readonly byte[] Data = HelloBytes.Of("hello.example");

    /// <summary>What Linux sends behind the handshake.</summary>
    private static readonly byte[] Timestamps = [1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 1];

    private readonly HookKind _hook;
    private readonly NamedKernel _kernel;
    private FrameConnection _four = null!, _six = null!;

    protected XdpClientHelloTests(HookKind hook)
    {
        _hook = hook;
        _kernel = new NamedKernel(clientHello: true, hook);
        _kernel.Run(hooks =>
        {
            FrameConnection.AddAddresses();
            (_four, _six) = (FrameConnection.IPv4(), FrameConnection.IPv6());
            hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            hooks.SetHost("hello.example", Hello);
        });
    }

    private static Dictionary<string, byte[]> Frames { get; } = new()
    {
        ["IPv4"] = Frame4(Ack(Data)),
        ["IPv4, pushed"] = Frame4(Ack(Data, flags: Packet.Ack | 8)),
        ["IPv4, timestamps"] = Frame4(Ack(Data, Timestamps)),
        ["IPv4, 40 bytes of options"] = Frame4(Ack(Data, [.. Enumerable.Repeat((byte)1, 40)])),
        ["IPv6"] = Frame6(Ack(Data, Timestamps)),
        ["VLAN, IPv4"] = Tagged(Frame4(Ack(Data, Timestamps))),
        ["QinQ, IPv6"] = Tagged(Tagged(Frame6(Ack(Data)))),
        ["another version of the record"] = Frame4(Ack([22, 3, 3, .. Data[3..]])),
        ["the name is whole, the hello is not"] = Frame4(Ack(Data[..^3])),
    };

    private static (string Name, byte[] Data, string Why)[] OfNobody =>
    [
        ("the name is in the next segment", Data[..100], "no_name"),
        ("the name is in the second of two records", TwoRecords(), "no_name"),
        ("no name", HelloBytes.Of(null), "no_name"),
        ("nobody's name, as an outer hello's of ECH", HelloBytes.Of("public.test"), "unknown_name"),
        ("a name that ends behind its extension", Broken(), "no_name"),
        ("a hello longer than its record", [.. Data[..8], 255, .. Data[9..]], "no_name"),
    ];

    [Fact]
    public void Run_HelloOnAConnection_WakesWhomItNames() => Assert.All(Frames, frame =>
    {
        var (events, counted) = Run(frame.Value);
        var e = Assert.Single(events);
        Assert.Equal((Hello, Triggers.ClientHello, NamedBy.ServerName, _hook), (e.Function, e.Kind, e.NamedBy, e.Hook));
        Assert.Equal((LocalPort, RemotePort), (e.Local.Port, e.Remote.Port));
        Assert.Equal(new() { ["client_hello"] = 1 }, counted);
    });

    [Fact]
    public void Run_HelloThatNamesNobody_IsLeftToTheGateway() => Assert.All(OfNobody, row =>
    {
        var (events, counted) = Run(Frame4(Ack(row.Data)));
        Assert.Empty(events);
        Assert.Equal(new() { [row.Why] = 1 }, counted);
    });

    // Anybody can send a segment with another's address; WakeOn: ClientHello promises that nobody is woken by that.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_HelloOfNoConnection_IsLeftToTheGateway(bool six)
    {
        _kernel.Run(_ => (six ? _six : _four).Close()); // the listener is still there
        var (events, counted) = Run(six ? Frame6(Ack(Data)) : Frame4(Ack(Data)));
        Assert.Empty(events);
        Assert.Equal(new() { ["unproven"] = 1 }, counted);
    }

    [Fact]
    public void Run_HelloToAFunctionsAddress_WakesThatWhateverTheName()
    {
        _kernel.Run(hooks => hooks.SetDestination(Server4, LocalPort, Own));
        var e = Assert.Single(Run(Frame4(Ack(Data))).Events);
        Assert.Equal((Own, NamedBy.Address), (e.Function, e.NamedBy));
    }

    [Fact]
    public void Run_FunctionAwake_IsQuiet()
    {
        var (events, counted) = _kernel.RunArmed(Frame4(Ack(Data)), Triggers.Syn, Hello);
        Assert.Empty(events);
        Assert.Equal(new() { ["quiet"] = 1 }, counted);
    }

    [Fact]
    public void Run_HelloToNobodysAddress_LeavesWithoutATrace()
    {
        _kernel.Run(hooks => hooks.RemoveDestination(null, LocalPort));
        AssertNoTrace(Frame4(Ack(Data)));
    }

    [Fact]
    public void Run_SegmentsThatBeginOtherwise_LeaveWithoutATrace()
    {
        foreach (var data in (byte[][])[[], [22], Data[..5], [23, .. Data[1..]], [22, 2, .. Data[2..]], [.. Data[..5], 2, .. Data[6..]], Data[1..]])
        {
            AssertNoTrace(Frame4(Ack(data)));
            AssertNoTrace(Frame6(Ack(data, Timestamps)));
        }

        foreach (var flags in (byte[])[Rst | Packet.Ack, Fin | Packet.Ack, Syn | Packet.Ack, Rst, 0])
        {
            AssertNoTrace(Frame4(Ack(Data, flags: flags)));
        }
    }

    // A frame that is shorter than Ethernet's least is filled up with what was in the sender's memory.
    [Fact]
    public void Run_HelloBehindThePacketsEnd_LeavesWithoutATrace()
    {
        _kernel.Run(hooks => hooks.SetDestination(Server4, LocalPort, Own));
        AssertNoTrace(Frame4(Ack([]), padding: Data));
        AssertNoTrace(Frame4(Ack(Data[..5]), padding: Data[5..]));
    }

    [Fact]
    public void Run_CutAnywhere_PassesAndWakesNobodyElse()
    {
        var frame = Frame4(Ack(Data, Timestamps));
        var whole = frame.AsSpan().IndexOf("hello.example"u8) + "hello.example".Length;
        for (var length = 34; length <= frame.Length; length++)
        {
            var (events, _) = Run(frame[..length]);
            Assert.Equal(length >= whole ? [Hello] : Array.Empty<uint>(), events.Select(e => e.Function));
        }
    }

    [Fact]
    public void Run_NotAskedTo_LeavesWithoutATrace()
    {
        using var kernel = new NamedKernel(clientHello: false, _hook);
        FrameConnection connection = null!;
        kernel.Run(hooks =>
        {
            FrameConnection.AddAddresses();
            connection = FrameConnection.IPv4();
            hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            hooks.SetHost("hello.example", Hello);
        });
        using (connection)
        {
            var (events, counted) = kernel.RunArmed(Frame4(Ack(Data)), Triggers.ClientHello, Hello);
            Assert.Empty(events);
            Assert.Empty(counted);
        }
    }

    public void Dispose()
    {
        _kernel.Run(_ =>
        {
            _four.Dispose();
            _six.Dispose();
        });
        _kernel.Dispose();
        GC.SuppressFinalize(this);
    }

    private void AssertNoTrace(byte[] frame)
    {
        var (events, counted) = Run(frame);
        Assert.Empty(events);
        Assert.Empty(counted);
    }

    private (IReadOnlyList<ConnectionEvent> Events, Dictionary<string, long> Counted) Run(byte[] frame) =>
        _kernel.RunArmed(frame, Triggers.ClientHello, Hello, Own);

    private static byte[] Ack(byte[] data, byte[]? options = null, byte flags = Packet.Ack)
    {
        options ??= [];
        return Of(Segment(flags, 5 + (options.Length / 4))[..20], options, data);
    }

    private static byte[] Tagged(byte[] frame) => [.. frame[..12], 0x81, 0, 0, 7, .. frame[12..]];

    private static byte[] TwoRecords()
    {
        var handshake = HelloBytes.Handshake(HelloBytes.ServerName("hello.example"));
        return [.. HelloBytes.Record(handshake[..60]), .. HelloBytes.Record(handshake[60..])];
    }

    private static byte[] Broken()
    {
        var bytes = HelloBytes.Of("hello.example");
        bytes[bytes.AsSpan().IndexOf("hello.example"u8) - 1]++;
        return bytes;
    }
}

public sealed class XdpHookClientHelloTests() : XdpClientHelloTests(HookKind.Xdp);

public sealed class TcxHookClientHelloTests() : XdpClientHelloTests(HookKind.Tcx)
{
    // The loopback's packets have their data in pages of their own, as many drivers' have.
    [Fact]
    public void Send_DataThatCannotBeReadDirectly_IsReadAllTheSame()
    {
        const int Loopback = 1; // the index of lo in every namespace
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            FrameConnection.AddAddresses();
            NetworkNamespace.Ip("tuntap add hs0 mode tap");
            using var kernel = new HookedKernel(XdpAttach.Generic, clientHello: true, "hs0");
            using var tcx = kernel.Hooks.Program("hs_tcx").AttachTcx(Loopback);
            kernel.Hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            kernel.Hooks.SetHost("hello.example", 3);
            using var connection = FrameConnection.IPv4();
            kernel.Hooks.Arm(3, Triggers.ClientHello);

            connection.Send([23, 3, 3, 0, 2, 1, 1]);
            Assert.Empty(kernel.EventsSoFar());
            connection.Send(HelloBytes.Of("hello.example", HelloBytes.Extension(51, new byte[1000])));

            var e = Assert.Single(kernel.EventsSoFar());
            Assert.Equal((3u, Triggers.ClientHello, HookKind.Tcx), (e.Function, e.Kind, e.Hook));
        });
    }
}
