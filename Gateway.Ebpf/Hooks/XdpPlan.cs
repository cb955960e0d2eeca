using System.Collections.Frozen;

namespace Gateway.Ebpf.Hooks;

/// <summary>Decides which interfaces get XDP, before anything is loaded.</summary>
internal static class XdpPlan
{
    /// <summary>
    /// Drivers of devices that are not network cards. Native XDP on some of them costs what it is meant to save: veth and TAP lose
    /// segmentation offload (13 to 3.3 Gbit/s, measured on veth), and stacked devices see packets that the card's own hook saw before.
    /// </summary>
    private static readonly FrozenSet<string> Virtual = FrozenSet.ToFrozenSet(
    [
        "lo", "veth", "bridge", "tun", "tap", "dummy", "ifb", "bonding", "bond", "team", "macvlan", "macvtap", "ipvlan", "ipvtap",
        "vxlan", "geneve", "wireguard", "vrf", "gre", "gretap", "ip6gre", "ipip", "sit", "ip6tnl", "802.1Q VLAN Support", "vlan", "netkit",
        "nlmon", "vcan", "openvswitch", "xfrm", "netdevsim", "batman-adv", "hsr", "bareudp",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns whether XDP is wanted on the device: if it is named, or if no device is named and it is up.</summary>
    internal static bool Concerns(XdpAttach xdp, IReadOnlyList<string> names, NetworkDevice device) =>
        xdp != XdpAttach.Off && (names.Count == 0 ? device.IsUp : names.Contains(device.Name, StringComparer.Ordinal));

    /// <summary>Returns why XDP is not attached to the device, in a sentence; null if it is to be attached.</summary>
    internal static string? WhyNot(XdpAttach xdp, NetworkDevice device) => xdp == XdpAttach.Auto ? WhyNotNative(device) : null;

    /// <summary>Returns why XDP is not attached natively to the device, in a sentence; null for a network card.</summary>
    internal static string? WhyNotNative(NetworkDevice device)
    {
        if (device.IsLoopback)
        {
            return $"{device.Name} is the loopback device.";
        }
        if (device.Driver.Length == 0)
        {
            return $"{device.Name} names no driver, so it is not a network card.";
        }
        // A card sits on a bus. Virtual devices that name a driver name no bus, or "N/A", or themselves (tun, tap).
        if (Virtual.Contains(device.Driver) || device.Bus.Length == 0 || device.Bus is "N/A" or "tap" or "tun")
        {
            return $"{device.Name} is a virtual device ({device.Driver}).";
        }
        return null;
    }
}
