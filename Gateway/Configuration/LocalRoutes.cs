using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>
/// IPv6 addresses that a route of type local makes this machine's (<c>ip route add local 2001:db8::/64 dev lo</c>): connections to them arrive,
/// though no socket can be bound to them. IPv4 needs no such question, as there bind asks the routes.
/// </summary>
internal static class LocalRoutes
{
    private const string Table = "/proc/net/ipv6_route";

    /// <summary>linux/ipv6_route.h: RTF_LOCAL.</summary>
    private const uint Local = 0x8000_0000;

    public static bool Contain(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && File.Exists(Table) && Contain(address, File.ReadLines(Table));

    /// <param name="address">An IPv6 address.</param>
    /// <param name="table">Lines of /proc/net/ipv6_route: destination, prefix length, source, its length, next hop, metric, two counters, flags, device; all in hexadecimal.</param>
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
