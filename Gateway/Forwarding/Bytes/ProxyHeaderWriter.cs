using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Listening;

namespace Gateway.Forwarding.Bytes;

/// <summary>Writes the header by which a function learns who its client is: version 2 of the PROXY protocol (proxy-protocol.txt of HAProxy, section 2.2).</summary>
internal static class ProxyHeaderWriter
{
    private const byte Local = 0x20, Proxied = 0x21, Four = 0x11, Six = 0x21;

    /// <summary>Returns the header of a connection; one that names nobody if it is not TCP over IP.</summary>
    /// <param name="client">The client's end.</param>
    /// <param name="dialled">The address that the client dialled.</param>
    public static byte[] Write(EndPoint? client, EndPoint? dialled)
    {
        if (client is not IPEndPoint from || dialled is not IPEndPoint to)
        {
            return [.. ProxyHeader.Signature, Local, 0, 0, 0];
        }

        var (source, target) = (Plain(from.Address), Plain(to.Address));
        if (source.AddressFamily != target.AddressFamily)
        {
            // A load balancer's header may name a client of the other family.
            (source, target) = (source.MapToIPv6(), target.MapToIPv6());
        }

        byte[] addresses = [.. source.GetAddressBytes(), .. target.GetAddressBytes(), 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(addresses.AsSpan(addresses.Length - 4), (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(addresses.AsSpan(addresses.Length - 2), (ushort)to.Port);
        return [.. ProxyHeader.Signature, Proxied, source.AddressFamily == AddressFamily.InterNetwork ? Four : Six, 0, (byte)addresses.Length, .. addresses];
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
