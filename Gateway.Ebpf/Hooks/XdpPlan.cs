using System.Collections.Frozen;

namespace Gateway.Ebpf.Hooks;

/// <summary>Decides which interfaces get XDP, before anything is loaded.</summary>
internal static class XdpPlan
{
    /// <summary>
    /// Drivers of devices that are not a network card. Native XDP on some of them costs what it is meant to save: veth and TAP lose
    /// segmentation offload (13 to 3.3 Gbit/s measured on veth), the stacked ones see packets that the card's own hook saw first.
    /// </summary>
    private static readonly FrozenSet<string> Virtual = FrozenSet.ToFrozenSet(
    [
        "lo", "veth", "bridge", "tun", "tap", "dummy", "ifb", "bonding", "bond", "team", "macvlan", "macvtap", "ipvlan", "ipvtap",
        "vxlan", "geneve", "wireguard", "vrf", "gre", "gretap", "ip6gre", "ipip", "sit", "ip6tnl", "802.1Q VLAN Support", "vlan", "netkit",
        "nlmon", "vcan", "openvswitch", "xfrm", "netdevsim", "batman-adv", "hsr", "bareudp",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>The interfaces to try, and those that are left out with the reason.</summary>
    internal static (IReadOnlyList<NetworkDevice> Chosen, IReadOnlyList<HookAttachment> Refused) Choose(
        XdpAttach xdp, IReadOnlyList<string> names, IReadOnlyList<NetworkDevice> devices)
    {
        if (xdp == XdpAttach.Off)
        {
            return ([], []);
        }
        var refused = new List<HookAttachment>();
        var chosen = new List<NetworkDevice>();
        foreach (var name in names.Except(devices.Select(device => device.Name), StringComparer.Ordinal))
        {
            var known = string.Join(", ", devices.Select(device => device.Name));
            refused.Add(new HookAttachment(name, "none", $"There is no network interface {name}; there are: {known}."));
        }
        foreach (var device in devices.Where(device => names.Count == 0 ? device.IsUp : names.Contains(device.Name, StringComparer.Ordinal)))
        {
            if (xdp == XdpAttach.Auto && WhyNotNative(device) is { } why)
            {
                refused.Add(new HookAttachment(device.Name, "none", why));
            }
            else
            {
                chosen.Add(device);
            }
        }
        return (chosen, refused);
    }

    /// <summary>Null for a network card; else a sentence.</summary>
    internal static string? WhyNotNative(NetworkDevice device)
    {
        if (device.IsLoopback)
        {
            return $"{device.Name} is the loopback device; sock_ops hears it.";
        }
        if (device.Driver.Length == 0)
        {
            return $"{device.Name} names no driver, so it is not a network card; sock_ops hears it.";
        }
        // A card sits on a bus; virtual devices that name a driver name no bus, or "N/A", or themselves (tun, tap).
        if (Virtual.Contains(device.Driver) || device.Bus.Length == 0 || device.Bus is "N/A" or "tap" or "tun")
        {
            return $"{device.Name} is a virtual device ({device.Driver}); sock_ops hears it.";
        }
        return null;
    }
}
