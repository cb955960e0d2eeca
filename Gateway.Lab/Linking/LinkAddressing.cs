using System.Globalization;
using System.Net;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Linking;

/// <summary>
/// Addresses and routes of a link. Each end owns half of the subnet and the other end's hardware address is written
/// down, so that no ARP or neighbour discovery adds a round trip to the first connection.
/// </summary>
internal static class LinkAddressing
{
    /// <summary>Frames that wait in the device for the link's reader: more than a TCP sender's largest window (tcp_wmem, 4 MiB).</summary>
    private const int DeviceQueue = 8192;

    public static LinkEnd Client(NetworkNamespace space, int subnet) => End(space, subnet, 0);

    public static LinkEnd Server(NetworkNamespace space, int subnet) => End(space, subnet, 1);

    /// <param name="end">What to configure.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="isBare">Only the end's own address, which goes with the device.</param>
    public static Task ConfigureAsync(LinkEnd end, LinkEnd peer, bool isBare) => end.Namespace.ConfigureAsync([.. Own(end, peer), .. isBare ? [] : Subnets(end, peer)]);

    private static string[] Own(LinkEnd end, LinkEnd peer) =>
    [
        // Without a link-local address the device sends no router solicitations and no reports of its own.
        $"link set {end.Device} addrgenmode none",
        $"link set {end.Device} address {HardwareAddress(end)} mtu 1500 txqueuelen {DeviceQueue} up",
        $"addr add {end.Address}/32 dev {end.Device}",
        $"addr add {end.AddressV6}/128 dev {end.Device} nodad",
        $"route add {peer.Address}/32 dev {end.Device} src {end.Address}",
        $"neigh add {peer.Address} lladdr {HardwareAddress(peer)} dev {end.Device} nud permanent",
        $"route add {peer.AddressV6}/128 dev {end.Device} src {end.AddressV6}",
        $"neigh add {peer.AddressV6} lladdr {HardwareAddress(peer)} dev {end.Device} nud permanent",
    ];

    private static string[] Subnets(LinkEnd end, LinkEnd peer) =>
    [
        $"route add {peer.Network} via {peer.Address}",
        $"route add {peer.NetworkV6} via {peer.AddressV6} dev {end.Device}",
        $"route add local {end.Network} dev lo",
        $"route add local {end.NetworkV6} dev lo",
    ];

    private static LinkEnd End(NetworkNamespace space, int subnet, int side)
    {
        var v4 = string.Create(CultureInfo.InvariantCulture, $"198.{18 + (subnet >> 8)}.{subnet & 255}.{side * 128}");
        var v6 = string.Create(CultureInfo.InvariantCulture, $"fd00:4853:{subnet:x}:{side}::");
        var network = new IPNetwork(IPAddress.Parse(v4), 25);
        var networkV6 = new IPNetwork(IPAddress.Parse(v6), 64);
        var first = network.BaseAddress.GetAddressBytes();
        first[3]++;
        return new LinkEnd(space, $"lab{subnet}", new IPAddress(first), IPAddress.Parse(v6 + "1"), network, networkV6);
    }

    /// <summary>A locally administered address (IEEE 802: second bit of the first byte) made of the IPv4 one.</summary>
    private static string HardwareAddress(LinkEnd end)
    {
        var b = end.Address.GetAddressBytes();
        return $"02:48:{b[0]:x2}:{b[1]:x2}:{b[2]:x2}:{b[3]:x2}";
    }
}
