using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Networking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>Measures what the XDP program costs a packet by BPF_PROG_TEST_RUN, which runs the program alone, without a device or the stack.</summary>
internal static class XdpCost
{
    private const int Port = 8443;
    private const int RemotePort = 51234;
    private const uint Function = 1;
    private const byte Syn = 2, Ack = 16; // RFC 9293, section 3.1
    private const byte Tcp = 6, Udp = 17;

    /// <summary>What Linux sends: MSS, SACK, timestamps, window scale.</summary>
    private static readonly byte[] LinuxOptions = [2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7];

    /// <summary>What Linux sends behind the handshake.</summary>
    private static readonly byte[] LinuxTimestamps = [1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 1];

    /// <summary>A Fast Open cookie (RFC 7413, 4.1.1), and what fills the options up to whole words.</summary>
    private static readonly byte[] Cookie = [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1];

    /// <summary>A function that is armed, so that one is at rest, and that no packet is for.</summary>
    private const uint AtRest = 2;

    /// <summary>One token, and the next one a quarter of an hour later.</summary>
    private static readonly EventRate s_once = new(0.001, 1);

    private static readonly EventRate s_ample = new(1_000_000, 1_000_000);

    private static readonly IPAddress s_client = IPAddress.Parse("198.51.100.4"), s_server = IPAddress.Parse("192.0.2.1");

    /// <summary>The number of packets of a run, of which the kernel returns the mean.</summary>
    private const int Repeat = 10_000;

    /// <returns>Returns the nanoseconds of a packet in each run, by kind of packet.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Measure(int runs)
    {
        using var space = NetworkNamespace.Create();
        var options = new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 16, MaxDestinations = 16, DataBudget = int.MaxValue };
        using var hooks = space.Run(() => KernelHooks.Attach(options, new Deaf(), NullLogger.Instance));
        var program = hooks.Program("hs_xdp");

        IReadOnlyList<long> Time(byte[] frame) =>
            [.. Enumerable.Range(0, runs + 1).Select(_ => (long)program.TestRun(frame, Repeat).Nanoseconds).Skip(1)];

        var times = new Dictionary<string, IReadOnlyList<long>>
        {
            ["packet, no TCP"] = Time(Segment(Syn, protocol: Udp)),
            ["packet, no SYN"] = Time(Segment(Ack)),
            ["packet, SYN for nobody"] = Time(Segment(Syn)),
        };
        hooks.SetDestination(null, Port, Function); // It is never armed, like a function that is awake.
        times["packet, SYN for a function that is awake"] = Time(Segment(Syn));
        hooks.SetDestination(null, Port, KernelHooks.Shared);
        hooks.SetSynId("sixteen-letters!", Function);
        hooks.SetHost("hello.example", Function);
        times["packet, SYN with a request while nobody is at rest"] = Time(Segment(Syn, [.. LinuxOptions, .. Cookie], Request()));
        hooks.Arm(AtRest, Triggers.Syn);
        times["packet, SYN to a shared address"] = Time(Segment(Syn, LinuxOptions));
        times["packet, SYN with an id"] = Time(Segment(Syn, [.. LinuxOptions, 253, 20, 0x48, 0x53, .. "sixteen-letters!"u8]));
        times["packet, SYN with a request and no cookie"] = Time(Segment(Syn, LinuxOptions, Request()));
        times["packet, SYN with a ClientHello"] = Time(Segment(Syn, [.. LinuxOptions, .. Cookie], Hello("hello.example")));
        times["packet, SYN with 1,024 bytes of a request"] = Time(Segment(Syn, [.. LinuxOptions, .. Cookie], Request()));
        times["packet, SYN with data beyond the second's budget"] = BeyondBudget(space, runs);
        times["packet, SYN over its source's limit"] = Refused(space, runs, new SynLimits { PerSource = s_once, Remember = 1024 }, deny: false);
        times["packet, SYN over the limit of all"] = Refused(space, runs, new SynLimits { PerSource = s_ample, PerNetwork = s_ample, Total = s_once, ProvenFor = TimeSpan.FromHours(1), Remember = 1024 }, deny: false);
        times["packet, SYN of a denied source"] = Refused(space, runs, new SynLimits(), deny: true);
        return times;
    }

    /// <summary>Measures packets with <see cref="KernelHooksOptions.ClientHello"/>, over the connection to which the frames belong.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<long>>> MeasureHelloAsync(int runs, CancellationToken cancellationToken)
    {
        using var space = NetworkNamespace.Create();
        await space.ConfigureAsync("link set lo up", $"address add {s_server}/32 dev lo", $"address add {s_client}/32 dev lo");
        var options = new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 16, MaxDestinations = 16, ClientHello = true, DataBudget = int.MaxValue };
        using var hooks = space.Run(() => KernelHooks.Attach(options, new Deaf(), NullLogger.Instance));
        var program = hooks.Program("hs_xdp");

        // Connections are looked up in the namespace in which it runs.
        IReadOnlyList<long> Time(byte[] frame) =>
            [.. Enumerable.Range(0, runs + 1).Select(_ => space.Run(() => (long)program.TestRun(frame, Repeat).Nanoseconds)).Skip(1)];

        var hello = Segment(Ack, LinuxTimestamps, Hello("hello.example"));
        var times = new Dictionary<string, IReadOnlyList<long>>
        {
            ["packet, no TCP; hellos read"] = Time(Segment(Syn, protocol: Udp)),
            ["packet, no data; hellos read"] = Time(Segment(Ack)),
            ["packet, data; hellos read"] = Time(Segment(Ack, LinuxTimestamps, new byte[1200])),
            ["packet, ClientHello for nobody"] = Time(hello),
        };
        hooks.SetDestination(null, Port, KernelHooks.Shared);
        hooks.SetHost("hello.example", Function);
        times["packet, ClientHello while nobody is at rest"] = Time(hello);
        hooks.Arm(AtRest, Triggers.ClientHello);
        times["packet, ClientHello of no connection"] = Time(hello);
        using var listener = space.Listen(new IPEndPoint(s_server, Port));
        using var client = space.CreateSocket(AddressFamily.InterNetwork);
        client.Bind(new IPEndPoint(s_client, RemotePort));
        await client.ConnectAsync(new IPEndPoint(s_server, Port), cancellationToken);
        times["packet, ClientHello for a function that is awake"] = Time(hello);
        return times;
    }

    // The budget of a real gateway is used up by the first run, and a thousand more in the second after it count for little.
    private static IReadOnlyList<long> BeyondBudget(NetworkNamespace space, int runs)
    {
        var options = new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 16, MaxDestinations = 16, DataBudget = 1 };
        using var hooks = space.Run(() => KernelHooks.Attach(options, new Deaf(), NullLogger.Instance));
        hooks.SetDestination(null, Port, KernelHooks.Shared);
        hooks.Arm(AtRest, Triggers.Syn);
        var frame = Segment(Syn, [.. LinuxOptions, .. Cookie], Request());
        return [.. Enumerable.Range(0, runs + 1).Select(_ => (long)hooks.Program("hs_xdp").TestRun(frame, Repeat).Nanoseconds).Skip(1)];
    }

    // The function stays armed, so each packet is judged anew.
    private static IReadOnlyList<long> Refused(NetworkNamespace space, int runs, SynLimits limits, bool deny)
    {
        var options = new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 16, MaxDestinations = 16, Limits = limits };
        using var hooks = space.Run(() => KernelHooks.Attach(options, new Deaf(), NullLogger.Instance));
        var program = hooks.Program("hs_xdp");
        var frame = Segment(Syn, LinuxOptions);
        hooks.SetDestination(null, Port, Function);
        hooks.Arm(Function, Triggers.Syn);
        if (deny)
        {
            hooks.Access.Set(KernelHooks.Shared, [], [new IPNetwork(s_client, 32)]);
        }

        program.TestRun(frame, 1);
        hooks.Arm(Function, Triggers.Syn);
        return [.. Enumerable.Range(0, runs + 1).Select(_ => (long)program.TestRun(frame, Repeat).Nanoseconds).Skip(1)];
    }

    // The longest walk: a head without a Host.
    private static byte[] Request() => [.. "GET / HTTP/1.1\r\nX: "u8, .. Enumerable.Repeat((byte)'x', 1100)];

    /// <summary>Ethernet, IPv4 and TCP, 64 bytes or more.</summary>
    private static byte[] Segment(byte flags, byte[]? options = null, byte[]? data = null, byte protocol = Tcp)
    {
        byte[] rest = [.. options ?? [], .. data ?? []];
        var frame = new byte[Math.Max(64, 54 + rest.Length)];
        frame[12] = 0x08; // ETH_P_IP
        frame[14] = 0x45; // version 4, five words
        frame[22] = 64; // TTL
        frame[23] = protocol;
        s_client.TryWriteBytes(frame.AsSpan(26), out _);
        s_server.TryWriteBytes(frame.AsSpan(30), out _);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(40 + rest.Length)); // total length
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), RemotePort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), Port);
        frame[46] = (byte)((5 + ((options?.Length ?? 0) / 4)) << 4);
        frame[47] = flags;
        rest.CopyTo(frame, 54);
        return frame;
    }

    /// <summary>A ClientHello of 517 bytes, as OpenSSL pads it, its server name behind a key share (RFC 8446, 4.1.2).</summary>
    private static byte[] Hello(string name)
    {
        const int Length = 517;
        byte[] share = [0, 51, 0, 38, .. new byte[38]];
        byte[] serverName = [0, 0, 0, (byte)(name.Length + 5), 0, (byte)(name.Length + 3), 0, 0, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name)];
        byte[] fixedPart = [3, 3, .. new byte[32], 32, .. new byte[32], 0, 4, 0x13, 1, 0x13, 2, 1, 0];
        var padding = Length - 9 - fixedPart.Length - 2 - share.Length - serverName.Length - 4;
        byte[] extensions = [.. share, .. serverName, 0, 21, (byte)(padding >> 8), (byte)padding, .. new byte[padding]];
        byte[] body = [.. fixedPart, (byte)(extensions.Length >> 8), (byte)extensions.Length, .. extensions];
        return [22, 3, 1, (byte)((body.Length + 4) >> 8), (byte)(body.Length + 4), 1, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

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
