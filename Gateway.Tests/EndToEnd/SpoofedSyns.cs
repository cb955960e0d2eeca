using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>Sends SYNs of IPv4 under any source address, as an attacker does, from a raw socket (raw(7)) in a namespace.</summary>
internal sealed class SpoofedSyns(NetworkNamespace space) : IDisposable
{
    private const int Ip = 20, Tcp = 20;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    private readonly Socket _socket = space.CreateSocket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);

    public void Send(IPAddress source, IPEndPoint destination) => _socket.SendTo(Packet(source, destination), new IPEndPoint(destination.Address, 0));

    /// <summary>Sends SYNs of random sources at a steady rate until it is cancelled.</summary>
    public async Task FloodAsync(IPEndPoint destination, int perSecond, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Step);
        var random = new Random(1);
        var began = TimeProvider.System.GetTimestamp();
        for (var sent = 0; !cancel.IsCancellationRequested;)
        {
            for (var due = TimeProvider.System.GetElapsedTime(began).TotalSeconds * perSecond; sent < due; sent++)
            {
                // Addresses of the internet, of which none is anybody's here.
                Send(new IPAddress([(byte)random.Next(20, 100), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(1, 255)]), destination);
            }
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Packet(IPAddress source, IPEndPoint destination)
    {
        var packet = new byte[Ip + Tcp];
        packet[0] = 0x45; // RFC 791, 3.1: version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), Ip + Tcp);
        packet[8] = 64;
        packet[9] = (byte)ProtocolType.Tcp;
        source.TryWriteBytes(packet.AsSpan(12), out _);
        destination.Address.TryWriteBytes(packet.AsSpan(16), out _);
        var segment = packet.AsSpan(Ip);
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)Random.Shared.Next(1024, 65536));
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)destination.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], (uint)Random.Shared.Next());
        segment[12] = Tcp / 4 << 4;
        segment[13] = 2; // RFC 9293, 3.1: SYN
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], 64240);
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], Checksum(packet));
        return packet;
    }

    // RFC 9293, 3.1: over both addresses, the protocol, the length and the segment, whose checksum is 0 so far. The kernel fills in that of the IP header.
    private static ushort Checksum(ReadOnlySpan<byte> packet)
    {
        uint sum = (uint)ProtocolType.Tcp + Tcp;
        for (var at = 12; at < packet.Length; at += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
