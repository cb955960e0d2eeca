using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>Finds the longest prefix that an address is in, with one lookup for each length that occurs. A lookup allocates nothing.</summary>
internal sealed class PrefixTable
{
    private readonly (int Bits, Dictionary<UInt128, bool> Allowed)[] _ipv4;
    private readonly (int Bits, Dictionary<UInt128, bool> Allowed)[] _ipv6;

    public PrefixTable(IEnumerable<IPNetwork> allow, IEnumerable<IPNetwork> deny)
    {
        // Of two equal prefixes the later one counts.
        (IPNetwork Prefix, bool Allowed)[] all = [.. allow.Select(prefix => (prefix, true)), .. deny.Select(prefix => (prefix, false))];
        _ipv4 = ByLength(all.Where(entry => entry.Prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork));
        _ipv6 = ByLength(all.Where(entry => entry.Prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6));
    }

    /// <summary>Returns whether the longest prefix that an address is in is an allowed one, or null if the address is in none.</summary>
    public bool? Allows(IPAddress address)
    {
        var isIPv4 = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        var bits = Bits(address);
        foreach (var (length, prefixes) in isIPv4 ? _ipv4 : _ipv6)
        {
            if (prefixes.TryGetValue(First(bits, length), out var allowed))
            {
                return allowed;
            }
        }

        return null;
    }

    private static (int Bits, Dictionary<UInt128, bool> Allowed)[] ByLength(IEnumerable<(IPNetwork Prefix, bool Allowed)> entries) =>
    [
        .. entries.GroupBy(entry => entry.Prefix.PrefixLength).OrderByDescending(group => group.Key).Select(group =>
        {
            var prefixes = new Dictionary<UInt128, bool>();
            foreach (var (prefix, allowed) in group)
            {
                prefixes[Bits(prefix.BaseAddress)] = allowed;
            }

            return (group.Key, prefixes);
        }),
    ];

    // The address from the highest bit on, whatever its length.
    private static UInt128 Bits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return address.IsIPv4MappedToIPv6 ? bits << 96 : bits;
    }

    private static UInt128 First(UInt128 bits, int length) => length == 0 ? 0 : bits >> (128 - length) << (128 - length);
}
