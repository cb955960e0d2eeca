using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>
/// Finds the IPv6 addresses that a route of type local gives to this machine (<c>ip route add local 2001:db8::/64 dev lo</c>). Connections to them
/// arrive, though no socket can be bound to them. For IPv4 bind looks at these routes itself.
/// </summary>
internal static class LocalRoutes
{
    private const string Table = "/proc/net/ipv6_route";

    /// <summary>RTF_LOCAL of linux/ipv6_route.h.</summary>
    private const uint Local = 0x8000_0000;

    /// <summary>Tells whether a route of type local has the address. It is false for IPv4.</summary>
    public static bool Contain(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && File.Exists(Table) && Contain(address, File.ReadLines(Table));

    /// <summary>Tells whether a route of type local in the table has the address.</summary>
    /// <param name="address">An IPv6 address.</param>
    /// <param name="table">
    /// Lines of /proc/net/ipv6_route. The fields are the destination, its prefix length, the source, its prefix length, the next hop, the metric, two
    /// counters and the flags, all in hexadecimal, and the device.
    /// </param>
    internal static bool Contain(IPAddress address, IEnumerable<string> table)
    {
        foreach (var line in table)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 10
                && uint.TryParse(fields[8], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags) && (flags & Local) != 0
                && int.TryParse(fields[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length)
                && fields[0].Length == 32
                && new IPNetwork(new IPAddress(Convert.FromHexString(fields[0])), length).Contains(new IPAddress(address.GetAddressBytes())))
            {
                return true;
            }
        }

        return false;
    }
}
