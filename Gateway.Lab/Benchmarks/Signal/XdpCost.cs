using System.Buffers.Binary;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Networking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>What the XDP program costs a packet, by BPF_PROG_TEST_RUN: no device, no stack, the program alone.</summary>
internal static class XdpCost
{
    private const int Port = 8443;
    private const byte Syn = 2, Ack = 16; // RFC 9293, section 3.1

    /// <summary>The kernel gives the mean of a run; so many packets each.</summary>
    private const int Repeat = 10_000;

    /// <returns>By kind of packet: nanoseconds a packet, one for each run.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Measure(int runs)
    {
        using var space = NetworkNamespace.Create();
        var options = new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 16, MaxDestinations = 16 };
        using var hooks = space.Run(() => KernelHooks.Attach(options, new Deaf(), NullLogger.Instance));
        var program = hooks.Program("hs_xdp");

        IReadOnlyList<long> Time(byte flags) =>
            [.. Enumerable.Range(0, runs + 1).Select(_ => (long)program.TestRun(Segment(flags), Repeat).Nanoseconds).Skip(1)];

        var other = Time(Ack);
        var unknown = Time(Syn);
        hooks.SetDestination(null, Port, 1); // never armed: as a function that is awake
        return new Dictionary<string, IReadOnlyList<long>>
        {
            ["packet, no SYN"] = other,
            ["packet, SYN for nobody"] = unknown,
            ["packet, SYN for a function that is awake"] = Time(Syn),
        };
    }

    /// <summary>Ethernet, IPv4 and TCP without options, 64 bytes.</summary>
    private static byte[] Segment(byte flags)
    {
        var frame = new byte[64];
        frame[12] = 0x08; // ETH_P_IP
        frame[14] = 0x45; // version 4, five words
        frame[22] = 64; // TTL
        frame[23] = 6; // TCP
        byte[] addresses = [198, 51, 100, 4, 192, 0, 2, 1];
        addresses.CopyTo(frame, 26);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), 40); // total length
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 51234);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), Port);
        frame[46] = 5 << 4;
        frame[47] = flags;
        return frame;
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
