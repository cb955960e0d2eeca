using System.Text;
using Gateway.Ebpf.Hooks;
using Gateway.Listening;
using Gateway.Tests.Ebpf;
using Gateway.Tests.Listening;
using LibBpf;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;
using NetworkNamespace = Gateway.Tests.Ebpf.NetworkNamespace;

namespace Gateway.Tests.Fuzzing;

/// <summary>Runs the XDP program on almost valid frames. Each passes unchanged, and no function is woken that the frame does not name.</summary>
[Collection(KernelCollection.Name)]
public sealed class XdpFuzzTests : IDisposable
{
    private const uint ById = 1, ByName = 2, ByAddress = 3;
    private const uint XdpPass = 2; // enum xdp_action, linux/bpf.h
    private const int EthernetHeader = 14; // the least that BPF_PROG_TEST_RUN takes
    private const int OwnPort = 8444;

    private static readonly byte[] IdOption = SynId("hello"), OwnPortBytes = HelloBytes.Word(OwnPort);

    private readonly NetworkNamespace _space = new();
    private readonly ITestOutputHelper _output;
    private KernelHooks _hooks = null!;
    private FrameConnection _four = null!, _six = null!;

    public XdpFuzzTests(ITestOutputHelper output)
    {
        _output = output;
        _space.Run(() => _hooks = KernelHooks.Attach(
            new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 16, MaxDestinations = 16, ClientHello = true, DataBudget = int.MaxValue }, new Deaf(), NullLogger.Instance));
        _space.Run(() =>
        {
            FrameConnection.AddAddresses();
            (_four, _six) = (FrameConnection.IPv4(), FrameConnection.IPv6());
        });
        _hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
        _hooks.SetDestination(null, OwnPort, ByAddress);
        _hooks.SetSynId("hello", ById);
        _hooks.SetHost("hello.example", ByName);
    }

    // All of a test in one call: the thread of the namespace looks connections up where they are, and a call for each frame costs more than the program.
    [Fact]
    public void Run_MutatedFrames_PassUnchangedAndWakeWhomTheyName() => _space.Run(RunMutatedFrames);

    // Two readers of one format, written apart, in two languages.
    [Theory]
    [InlineData(Syn)]
    [InlineData(Ack)]
    public void Run_MutatedHellos_NamesWhatTheGatewaysOwnReaderNames(byte flags) => _space.Run(() => RunMutatedHellos(flags));

    public void Dispose()
    {
        _four.Dispose();
        _six.Dispose();
        _hooks.Dispose();
        _space.Dispose();
    }

    private void RunMutatedFrames()
    {
        var mutator = new Mutator(seed: 1, [.. Frames()]);
        var rounds = Mutator.Rounds(20_000);
        for (var i = 0; i < rounds; i++)
        {
            var frame = mutator.Next();
            if (frame.Length < EthernetHeader)
            {
                continue;
            }

            var told = FunctionOf(frame);
            var says = told switch
            {
                ById => frame.AsSpan().IndexOf(IdOption) > 0,
                ByName => Encoding.Latin1.GetString(frame).Contains("hello.example", StringComparison.OrdinalIgnoreCase),
                ByAddress => frame.AsSpan().IndexOf(OwnPortBytes) > 0,
                _ => true,
            };
            Assert.True(says, $"Round {i} woke {told}: {Convert.ToHexString(frame)}");
        }

        var counts = _hooks.ReadCounters().Where(counter => counter.Program == "xdp" && counter.Count > 0).ToDictionary(counter => counter.Outcome, counter => counter.Count);
        _output.WriteLine(string.Join('\n', counts.Select(pair => $"{pair.Key} {pair.Value}")));
        string[] reached = ["syn", "unknown", "truncated", "malformed", "fragment", "extensions", "vlans", "shared", "unknown_id", "malformed_id", "unknown_name", "no_name", "client_hello", "unproven"];
        Assert.Empty(reached.Except(counts.Keys));
    }

    private void RunMutatedHellos(byte flags)
    {
        var mutator = new Mutator(seed: 2, [.. Hellos()]);
        var rounds = Mutator.Rounds(20_000);
        var named = 0;
        for (var i = 0; i < rounds; i++)
        {
            var data = mutator.Next();
            if (data.Length is < 6 or > 1400 || data[0] != 22 || 5 + (data[3] << 8 | data[4]) is var record && record > data.Length)
            {
                continue; // not all of one record: they may well differ
            }

            if (flags == Ack && (data[1] != 3 || data[5] != 1))
            {
                continue; // no hello by its first bytes: the segment is not looked at
            }

            var told = FunctionOf(Frame4(flags == Ack ? Of(Segment(flags), data) : FastOpen(data))) == ByName;
            var name = ClientHelloParser.ServerName(data.AsSpan(0, record));
            if (told)
            {
                named++;
                Assert.True(name == "hello.example", $"Round {i}: the kernel found the name, the gateway '{name}': {Convert.ToHexString(data)}");
            }
            else if (name == "hello.example")
            {
                // Only the gateway looks behind a first entry of another kind in the name list.
                Assert.False(Encoding.Latin1.GetString(data).Contains("\0\0\0\u0012\0\u0010\0\0\u000dhello.example", StringComparison.OrdinalIgnoreCase), $"Round {i}: only the gateway found the name: {Convert.ToHexString(data)}");
            }
        }

        _output.WriteLine($"{named} of {rounds} named the function");
        Assert.InRange(named, rounds / 20, rounds);
    }

    /// <summary>The function that the frame woke; null for none.</summary>
    private uint? FunctionOf(byte[] frame)
    {
        ReadOnlySpan<uint> functions = [ById, ByName, ByAddress];
        foreach (var function in functions)
        {
            _hooks.Arm(function, Triggers.Syn | Triggers.ClientHello);
        }

        // Connections are looked up in the namespace of the thread that runs the program.
        var run = _hooks.Program("hs_xdp").TestRun(frame);
        Assert.Equal(XdpPass, run.ReturnValue);
        Assert.True(frame.AsSpan().SequenceEqual(run.Packet));
        uint? told = null;
        foreach (var function in functions)
        {
            if (_hooks.ArmedTriggers(function) == Triggers.None)
            {
                Assert.Null(told);
                told = function;
            }
        }
        return told;
    }

    private static IEnumerable<byte[]> Frames() =>
    [
        .. PacketFixtures.Syns.Values, .. PacketFixtures.Others.Values, .. PacketFixtures.GivenUp.Values.Select(given => given.Bytes),
        .. Options().Select(options => Frame4(SynWith(options))), .. Options().Select(options => Frame6(SynWith(options))),
        .. Hellos().Select(hello => Frame4(FastOpen(hello, [2, 4, 5, 0xb4]))), .. Hellos().Select(hello => Frame6(FastOpen(hello, SynId("nobody")))),
        .. Hellos().Select(hello => Frame4(Of(Segment(Ack), hello))), .. Hellos().Select(hello => Frame6(Of(Segment(Ack), hello))),
        Frame4(FastOpen([.. "GET / HTTP/1.1\r\nAccept: */*\r\nHost: hello.example\r\n\r\n"u8])),
        Frame4(FastOpen([.. "POST / HTTP/1.1\nhost:nobody.example:80\n\n"u8])),
    ];

    private static IEnumerable<byte[]> Options() =>
    [
        SynId("hello"), SynId("sixteen-letters!"), [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7, .. SynId("hello")],
        [1, 1, .. SynId("hello"), 2, 4, 5, 0xb4], [253, 6, 0x12, 0x34, 0, 0, .. SynId("hello")], [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, .. SynId("x")],
    ];

    private static IEnumerable<byte[]> Hellos() =>
    [
        HelloBytes.Of("hello.example"), HelloBytes.Of("HELLO.example."), HelloBytes.Of("nobody.example"), HelloBytes.Of(null),
        HelloBytes.Of("hello.example", HelloBytes.Extension(51, new byte[36]), HelloBytes.Extension(16, [0, 3, 2, 104, 50]), HelloBytes.Extension(10, [0, 2, 0, 29])),
        HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example"), session: 0)),
    ];

    private sealed class Deaf : IKernelEvents
    {
        public void OnConnection(in ConnectionEvent e)
        {
        }

        public void OnListen(in ListenEvent e)
        {
        }
    }
}
