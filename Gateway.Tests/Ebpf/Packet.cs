using System.Buffers.Binary;
using System.Net;

namespace Gateway.Tests.Ebpf;

/// <summary>Layers of a frame as bytes; <see cref="Of"/> puts them together. Only what the kernel programs read is filled in.</summary>
internal static class Packet
{
    public const ushort IPv4Type = 0x0800, IPv6Type = 0x86DD, VlanType = 0x8100, ServiceVlanType = 0x88A8, ArpType = 0x0806;
    public const byte Tcp = 6, Udp = 17, Icmp6 = 58, HopByHop = 0, Routing = 43, Fragmented = 44, Destination = 60;
    public const byte Fin = 1, Syn = 2, Rst = 4, Ack = 16, Ece = 64, Cwr = 128;

    public const int LocalPort = 8443, RemotePort = 51234;

    public static readonly IPAddress Server4 = IPAddress.Parse("192.0.2.1"), Client4 = IPAddress.Parse("198.51.100.4");
    public static readonly IPAddress Server6 = IPAddress.Parse("2001:db8::1"), Client6 = IPAddress.Parse("2001:db8::4");

    public static byte[] Of(params byte[][] layers) => [.. layers.SelectMany(layer => layer)];

    public static byte[] Ethernet(ushort type) => [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, (byte)(type >> 8), (byte)type];

    public static byte[] Vlan(ushort type) => [0, 7, (byte)(type >> 8), (byte)type];

    /// <param name="words">Header length in 32-bit words; 5 is no options.</param>
    /// <param name="fragment">The 16 bits of flags and offset (RFC 791, 3.1).</param>
    public static byte[] IPv4(byte protocol = Tcp, int words = 5, ushort fragment = 0, int version = 4)
    {
        var header = new byte[Math.Max(words, 5) * 4];
        header[0] = (byte)(version << 4 | words);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), fragment);
        header[8] = 64;
        header[9] = protocol;
        Client4.TryWriteBytes(header.AsSpan(12), out _);
        Server4.TryWriteBytes(header.AsSpan(16), out _);
        return header;
    }

    public static byte[] IPv6(byte next = Tcp, int version = 6)
    {
        var header = new byte[40];
        header[0] = (byte)(version << 4);
        header[6] = next;
        header[7] = 64;
        Client6.TryWriteBytes(header.AsSpan(8), out _);
        Server6.TryWriteBytes(header.AsSpan(24), out _);
        return header;
    }

    /// <param name="next">The protocol behind it.</param>
    /// <param name="units">Length in 8 bytes, beyond the first (RFC 8200, 4.3).</param>
    public static byte[] Extension(byte next, byte units = 0)
    {
        var header = new byte[(units + 1) * 8];
        header[0] = next;
        header[1] = units;
        return header;
    }

    /// <param name="next">The protocol behind it.</param>
    /// <param name="offset">In 8 bytes, 13 bits (RFC 8200, 4.5).</param>
    public static byte[] Fragment(byte next, ushort offset)
    {
        byte[] header = [next, 0xFF, 0, 0, 0, 0, 0, 1]; // the reserved byte is set: it must not be taken for a length
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(offset << 3 | 1));
        return header;
    }

    /// <summary>Makes a whole frame of IPv4, its length as the header says, and perhaps bytes behind it that fill the frame.</summary>
    public static byte[] Frame4(byte[] segment, byte[]? padding = null)
    {
        var header = IPv4();
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + segment.Length));
        return Of(Ethernet(IPv4Type), header, segment, padding ?? []);
    }

    /// <summary>Makes a whole frame of IPv6, its length as the header says, and perhaps bytes behind it that fill the frame.</summary>
    public static byte[] Frame6(byte[] segment)
    {
        var header = IPv6();
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)segment.Length);
        return Of(Ethernet(IPv6Type), header, segment);
    }

    /// <summary>Makes the whole frame of a SYN from a source of either family.</summary>
    public static byte[] SynFrom(string source)
    {
        var address = IPAddress.Parse(source);
        var isIPv4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var frame = isIPv4 ? Frame4(Segment()) : Frame6(Segment());
        address.TryWriteBytes(frame.AsSpan(isIPv4 ? 14 + 12 : 14 + 8), out _);
        return frame;
    }

    /// <summary>A SYN with these options, filled up to whole words, and data behind them.</summary>
    public static byte[] SynWith(byte[] options, byte[]? data = null)
    {
        var words = (options.Length + 3) / 4;
        return Of(Segment(Syn, 5 + words)[..20], options, new byte[words * 4 - options.Length], data ?? []);
    }

    /// <summary>A Fast Open cookie of eight bytes, as Linux gives them (RFC 7413, 4.1.1).</summary>
    public static byte[] Cookie => [34, 10, 1, 2, 3, 4, 5, 6, 7, 8];

    /// <summary>A Fast Open SYN: a cookie among the options, and data.</summary>
    public static byte[] FastOpen(byte[] data, byte[]? options = null) => SynWith([.. options ?? [], .. Cookie], data);

    /// <summary>Makes the option with an id, as docs/early-signals.md describes it.</summary>
    public static byte[] SynId(string id) => [253, (byte)(4 + id.Length), 0x48, 0x53, .. System.Text.Encoding.ASCII.GetBytes(id)];

    public static byte[] Segment(byte flags = Syn, int words = 5, int payload = 0)
    {
        var header = new byte[Math.Max(words, 5) * 4 + payload];
        BinaryPrimitives.WriteUInt16BigEndian(header, RemotePort);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), LocalPort);
        header[12] = (byte)(words << 4);
        header[13] = flags;
        return header;
    }
}
