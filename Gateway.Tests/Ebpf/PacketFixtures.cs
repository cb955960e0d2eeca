using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>Frames, and the results that the XDP program has to have for them.</summary>
internal static class PacketFixtures
{
    /// <summary>A SYN for the function, whatever is around it. Each ends with its TCP header.</summary>
    public static readonly IReadOnlyDictionary<string, byte[]> Syns = new Dictionary<string, byte[]>
    {
        ["IPv4"] = Of(Ethernet(IPv4Type), IPv4(), Segment()),
        ["IPv4, 4 bytes of options"] = Of(Ethernet(IPv4Type), IPv4(words: 6), Segment()),
        ["IPv4, 40 bytes of options"] = Of(Ethernet(IPv4Type), IPv4(words: 15), Segment()),
        ["IPv4, do not fragment"] = Of(Ethernet(IPv4Type), IPv4(fragment: 0x4000), Segment()),
        ["IPv4, first fragment"] = Of(Ethernet(IPv4Type), IPv4(fragment: 0x2000), Segment()),
        ["IPv4, ECN asked for"] = Of(Ethernet(IPv4Type), IPv4(), Segment((byte)(Syn | Ece | Cwr))),
        ["IPv6"] = Of(Ethernet(IPv6Type), IPv6(), Segment()),
        ["IPv6, hop-by-hop"] = Of(Ethernet(IPv6Type), IPv6(HopByHop), Extension(Tcp), Segment()),
        ["IPv6, long destination options"] = Of(Ethernet(IPv6Type), IPv6(Destination), Extension(Tcp, 31), Segment()),
        ["IPv6, atomic fragment"] = Of(Ethernet(IPv6Type), IPv6(Fragmented), Fragment(Tcp, 0), Segment()),
        ["IPv6, every extension"] = Of(Ethernet(IPv6Type), IPv6(HopByHop), Extension(Destination), Extension(Routing, 2),
            Extension(Fragmented, 1), Fragment(Destination, 0), Extension(Tcp, 1), Segment()),
        ["IPv6, six extensions"] = Of(Ethernet(IPv6Type), IPv6(HopByHop), Extension(Destination), Extension(Destination),
            Extension(Destination), Extension(Destination), Extension(Destination), Extension(Tcp), Segment()),
        ["VLAN, IPv4"] = Of(Ethernet(VlanType), Vlan(IPv4Type), IPv4(), Segment()),
        ["VLAN, IPv6"] = Of(Ethernet(VlanType), Vlan(IPv6Type), IPv6(), Segment()),
        ["QinQ, IPv4"] = Of(Ethernet(ServiceVlanType), Vlan(VlanType), Vlan(IPv4Type), IPv4(), Segment()),
        ["QinQ, IPv6 with routing"] = Of(Ethernet(ServiceVlanType), Vlan(VlanType), Vlan(IPv6Type), IPv6(Routing), Extension(Tcp), Segment()),
    };

    /// <summary>Frames that are no SYN of a new connection, for which there is neither an event nor a count.</summary>
    public static readonly IReadOnlyDictionary<string, byte[]> Others = new Dictionary<string, byte[]>
    {
        ["SYN and ACK"] = Of(Ethernet(IPv4Type), IPv4(), Segment(Syn | Ack)),
        ["ACK"] = Of(Ethernet(IPv4Type), IPv4(), Segment(Ack, payload: 100)),
        ["RST"] = Of(Ethernet(IPv6Type), IPv6(), Segment(Rst)),
        ["SYN and FIN"] = Of(Ethernet(IPv4Type), IPv4(), Segment(Syn | Fin)),
        ["SYN and RST"] = Of(Ethernet(IPv4Type), IPv4(), Segment(Syn | Rst)),
        ["no flags"] = Of(Ethernet(IPv4Type), IPv4(), Segment(0)),
        ["UDP"] = Of(Ethernet(IPv4Type), IPv4(Udp), Segment()),
        ["UDP over IPv6"] = Of(Ethernet(IPv6Type), IPv6(Udp), Segment()),
        ["ICMPv6 behind hop-by-hop"] = Of(Ethernet(IPv6Type), IPv6(HopByHop), Extension(Icmp6), Segment()),
        ["ARP"] = Of(Ethernet(ArpType), new byte[28]),
        ["IEEE 802.3 length"] = Of(Ethernet(60), new byte[60]),
    };

    /// <summary>Frames at which the program gives up, by outcome.</summary>
    public static readonly IReadOnlyDictionary<string, (string Outcome, byte[] Bytes)> GivenUp = new Dictionary<string, (string, byte[])>
    {
        ["three VLAN tags"] = ("vlans", Of(Ethernet(ServiceVlanType), Vlan(VlanType), Vlan(VlanType), Vlan(IPv4Type), IPv4(), Segment())),
        ["IPv4, later fragment"] = ("fragment", Of(Ethernet(IPv4Type), IPv4(fragment: 0x0001), Segment())),
        ["IPv4, last fragment"] = ("fragment", Of(Ethernet(IPv4Type), IPv4(fragment: 0x1FFF), Segment())),
        ["IPv6, later fragment"] = ("fragment", Of(Ethernet(IPv6Type), IPv6(Fragmented), Fragment(Tcp, 1), Segment())),
        ["IPv6, seven extensions"] = ("extensions", Of(Ethernet(IPv6Type), IPv6(HopByHop), Extension(Destination), Extension(Destination),
            Extension(Destination), Extension(Destination), Extension(Destination), Extension(Destination), Extension(Tcp), Segment())),
        ["IPv4, header of 16 bytes"] = ("malformed", Of(Ethernet(IPv4Type), IPv4(words: 4), Segment())),
        ["IPv4, version 5"] = ("malformed", Of(Ethernet(IPv4Type), IPv4(version: 5), Segment())),
        ["IPv6, version 4"] = ("malformed", Of(Ethernet(IPv6Type), IPv6(version: 4), Segment())),
        ["TCP, header of 16 bytes"] = ("malformed", Of(Ethernet(IPv4Type), IPv4(), Segment(words: 4))),
    };
}
