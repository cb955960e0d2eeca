using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>Sends SYNs with a source address that nobody has, so that no connection follows.</summary>
internal sealed class ForgedSyn(NetworkNamespace space) : IDisposable
{
    private readonly Socket _socket = space.CreateSocket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
    private ushort _port = 20_000;

    /// <summary>Sends a SYN.</summary>
    /// <param name="from">The source that it claims.</param>
    /// <param name="to">The destination.</param>
    public void Send(IPAddress from, IPEndPoint to) => _socket.SendTo(Packet(from, to, ++_port), to);

    public void Dispose() => _socket.Dispose();

    // An IPv4 header (RFC 791, section 3.1) and a TCP header (RFC 9293, section 3.1) with the option MSS.
    private static byte[] Packet(IPAddress from, IPEndPoint to, ushort port)
    {
        var packet = new byte[44];
        var ip = packet.AsSpan(0, 20);
        var tcp = packet.AsSpan(20);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)packet.Length);
        ip[8] = 64;
        ip[9] = 6;
        from.TryWriteBytes(ip[12..], out _);
        to.Address.TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], port * 7919u);
        tcp[12] = 6 << 4;
        tcp[13] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 64_240);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[20..], 0x020405B4);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Checksum([.. ip[12..20], 0, 6, 0, (byte)tcp.Length, .. tcp]));
        return packet;
    }

    private static ushort Checksum(ReadOnlySpan<byte> words)
    {
        uint sum = 0;
        for (var i = 0; i < words.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(words[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
