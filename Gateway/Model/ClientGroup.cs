using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Model;

/// <summary>
/// Whom limits, lists of sources and the choice of a version count as one client: an IPv4 address, or an IPv6 /64, the smallest prefix that a network is given (RFC 4291,
/// section 2.5.4), of which one machine may use every address.
/// </summary>
internal readonly record struct ClientGroup
{
    private const byte IPv4 = 4;
    private const byte IPv6 = 6;
    private const byte Operators = 1;

    private readonly ulong _prefix;
    private readonly byte _kind;

    private ClientGroup(ulong prefix, byte kind) => (_prefix, _kind) = (prefix, kind);

    /// <summary>All clients of the admin endpoint together.</summary>
    public static ClientGroup Admin { get; } = new(0, Operators);

    /// <summary>Whether clients have an address. Those of a Unix domain socket have none.</summary>
    public bool HasAddress => _kind is IPv4 or IPv6;

    /// <summary>Gets a number that is the same for this client on every gateway. An IPv4 client and an IPv6 one may have the same.</summary>
    public ulong Number => _prefix;

    /// <summary>Returns the client's addresses, or null if it has none.</summary>
    public IPNetwork? Network()
    {
        Span<byte> bytes = stackalloc byte[16];
        switch (_kind)
        {
            case IPv4:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_prefix);
                return new IPNetwork(new IPAddress(bytes[..4]), 32);
            case IPv6:
                BinaryPrimitives.WriteUInt64BigEndian(bytes, _prefix);
                return new IPNetwork(new IPAddress(bytes), 64);
            default:
                return null;
        }
    }

    /// <summary>Returns the client at an endpoint. It allocates nothing.</summary>
    public static ClientGroup Of(EndPoint? endpoint) => Of((endpoint as IPEndPoint)?.Address);

    /// <inheritdoc cref="Of(EndPoint?)"/>
    public static ClientGroup Of(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address is null || !address.TryWriteBytes(bytes, out _) ? default
            : address.AddressFamily == AddressFamily.InterNetwork ? new(BinaryPrimitives.ReadUInt32BigEndian(bytes), IPv4)
            : address.IsIPv4MappedToIPv6 ? new(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), IPv4)
            : new(BinaryPrimitives.ReadUInt64BigEndian(bytes), IPv6);
    }

    /// <summary>Returns the address or the prefix as text, for example <c>198.51.100.4</c> or <c>2001:db8::/64</c>.</summary>
    public override string ToString() => Network() switch
    {
        { PrefixLength: 32 } address => address.BaseAddress.ToString(),
        { } prefix => prefix.ToString(),
        null => _kind == Operators ? "the admin endpoint's clients" : "a local socket",
    };
}
