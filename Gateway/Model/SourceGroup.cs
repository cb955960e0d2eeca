using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Model;

/// <summary>
/// The sources that one party is likely to hold together: an IPv4 /24, the smallest prefix that is routed between networks, or an IPv6 /48, which is what a site
/// is given (RFC 6177, section 2).
/// </summary>
internal readonly record struct SourceGroup
{
    /// <summary>The length of the prefix of an IPv4 group, in bits.</summary>
    public const int IPv4Bits = 24;

    /// <summary>The length of the prefix of an IPv6 group, in bits.</summary>
    public const int IPv6Bits = 48;

    // The first address of the group, in the machine's order: IPv6, or IPv4 mapped into it (RFC 4291, section 2.5.5.2).
    private readonly UInt128 _first;

    private SourceGroup(UInt128 first) => _first = first;

    /// <summary>The group's first address.</summary>
    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, _first);
            return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
        }
    }

    private bool IsIPv4 => _first >> 32 == 0xffff;

    /// <summary>Returns the group that an address is in. An IPv4 address that is mapped into an IPv6 one is an IPv4 address. It allocates nothing.</summary>
    public static SourceGroup Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            address.TryWriteBytes(bytes[12..], out _);
            bytes[10..12].Fill(0xff);
        }
        else
        {
            address.TryWriteBytes(bytes, out _);
        }

        var whole = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        var rest = whole >> 32 == 0xffff ? 32 - IPv4Bits : 128 - IPv6Bits;
        return new SourceGroup(whole >> rest << rest);
    }

    /// <summary>Returns the prefix as text, for example <c>198.51.100.0/24</c>.</summary>
    public override string ToString() => $"{Address}/{(IsIPv4 ? IPv4Bits : IPv6Bits)}";
}
