using System.Net;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Linking;

/// <summary>One end of a <see cref="DelayedLink"/>.</summary>
/// <param name="Namespace">Where the device is.</param>
/// <param name="Device">The TAP device's name.</param>
/// <param name="Address">The device's IPv4 address, 198.18.n.1 or 198.18.n.129 (RFC 2544, section C.2.2).</param>
/// <param name="AddressV6">The device's IPv6 address (a unique local one, RFC 4193).</param>
/// <param name="Network">The half of the subnet that is this end's: the other end sends all of it here, without asking by ARP.</param>
/// <param name="NetworkV6">The same for IPv6.</param>
public sealed record LinkEnd(NetworkNamespace Namespace, string Device, IPAddress Address, IPAddress AddressV6, IPNetwork Network, IPNetwork NetworkV6)
{
    /// <summary>The <paramref name="index"/>-th IPv4 address of this end, 1 to 126; 1 is <see cref="Address"/>. All answer.</summary>
    public IPAddress AddressAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(index, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, 126);
        var bytes = Network.BaseAddress.GetAddressBytes();
        bytes[3] += (byte)index;
        return new IPAddress(bytes);
    }
}
