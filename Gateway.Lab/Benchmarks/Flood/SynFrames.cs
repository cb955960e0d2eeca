using System.Buffers.Binary;
using System.Net;

namespace Gateway.Lab.Benchmarks.Flood;

/// <summary>
/// A batch of Ethernet frames, each with a SYN from an address that nobody has (IPv4 without options, TCP with a maximum segment size). The
/// checksums are right, so that the kernel takes them for real ones.
/// </summary>
internal sealed class SynFrames
{
    /// <summary>The length of each frame: Ethernet (14), IPv4 (20), TCP (20) and one option (4).</summary>
    public const int Length = 58;

    private const int Ip = 14, Tcp = 34;

    private readonly uint _server;
    private readonly int _firstPort;
    private readonly int _ports;
    private ulong _state;

    /// <param name="count">How many frames.</param>
    /// <param name="from">The hardware address of the sender.</param>
    /// <param name="to">The hardware address of the receiver.</param>
    /// <param name="server">The IPv4 address that the SYNs are for.</param>
    /// <param name="firstPort">The first port of those that the SYNs are for.</param>
    /// <param name="ports">How many ports there are from the first one on.</param>
    /// <param name="seed">Where the sequence of sources begins; not 0.</param>
    public SynFrames(int count, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, IPAddress server, int firstPort, int ports, ulong seed)
    {
        Bytes = GC.AllocateArray<byte>(count * Length, pinned: true);
        Count = count;
        _server = BinaryPrimitives.ReadUInt32BigEndian(server.GetAddressBytes());
        (_firstPort, _ports, _state) = (firstPort, ports, seed);
        for (var i = 0; i < count; i++)
        {
            var frame = Bytes.AsSpan(i * Length, Length);
            to.CopyTo(frame);
            from.CopyTo(frame[6..]);
            BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
            frame[Ip] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(frame[(Ip + 2)..], Length - Ip);
            frame[Ip + 8] = 64;
            frame[Ip + 9] = 6;
            BinaryPrimitives.WriteUInt32BigEndian(frame[(Ip + 16)..], _server);
            frame[Tcp + 12] = 6 << 4;
            frame[Tcp + 13] = 2; // SYN
            BinaryPrimitives.WriteUInt16BigEndian(frame[(Tcp + 14)..], 64240);
            BinaryPrimitives.WriteUInt32BigEndian(frame[(Tcp + 20)..], 0x020405B4); // maximum segment size 1460 (RFC 9293, 3.7.1)
        }

        Next();
    }

    /// <summary>The frames, one behind the other. They do not move in memory.</summary>
    public byte[] Bytes { get; }

    public int Count { get; }

    /// <summary>Gives every frame another source and another destination port.</summary>
    public void Next()
    {
        for (var i = 0; i < Count; i++)
        {
            var random = Random();
            var frame = Bytes.AsSpan(i * Length, Length);
            var source = Public((uint)random);
            var port = _firstPort + (int)((uint)(random >> 32) % (uint)_ports);
            BinaryPrimitives.WriteUInt32BigEndian(frame[(Ip + 12)..], source);
            frame[Ip + 10] = frame[Ip + 11] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(frame[(Ip + 10)..], Checksum(Sum(frame.Slice(Ip, 20))));
            BinaryPrimitives.WriteUInt16BigEndian(frame[Tcp..], (ushort)(1024 + ((random >> 16) % 64_000)));
            BinaryPrimitives.WriteUInt16BigEndian(frame[(Tcp + 2)..], (ushort)port);
            BinaryPrimitives.WriteUInt32BigEndian(frame[(Tcp + 4)..], (uint)(random >> 8));
            frame[Tcp + 16] = frame[Tcp + 17] = 0;
            // With the pseudo header (RFC 9293, 3.1): both addresses, the protocol and the length.
            var sum = Sum(frame[Tcp..]) + Sum(frame.Slice(Ip + 12, 8)) + 6 + (Length - Tcp);
            BinaryPrimitives.WriteUInt16BigEndian(frame[(Tcp + 16)..], Checksum(sum));
        }
    }

    // 16.0.0.0 to 126.255.255.255: no network that this lab, loopback, multicast or a martian check knows.
    private static uint Public(uint random) => ((16 + ((random >> 24) % 111)) << 24) | (random & 0xFFFFFF);

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }

        return sum;
    }

    // RFC 1071
    private static ushort Checksum(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }

    // xorshift64* (Vigna 2016): fast, and repeatable.
    private ulong Random()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1DUL;
    }
}
