using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_client</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ClientKey
{
    public RawAddress Address;
    public byte Bits;
    public fixed byte Pad[3];

    /// <summary>Returns the key of one address.</summary>
    internal static ClientKey Of(IPAddress address) => new() { Address = RawAddress.From(address), Bits = 128 };

    /// <summary>Returns the key of the group that an address is in: an IPv4 /24 or an IPv6 /64.</summary>
    internal static ClientKey GroupOf(IPAddress address) => PrefixOf(address, v4: 120, v6: 64);

    /// <summary>Returns the key of the network that an address is in: an IPv4 /24 or an IPv6 /48.</summary>
    internal static ClientKey NetworkOf(IPAddress address) => PrefixOf(address, v4: 120, v6: 48);

    /// <summary>Returns the key of the source that an address is: itself, or its IPv6 /64, of which one host may use all.</summary>
    internal static ClientKey SourceOf(IPAddress address) => PrefixOf(address, v4: 128, v6: 64);

    private static ClientKey PrefixOf(IPAddress address, byte v4, byte v6)
    {
        var isV4 = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        var key = new ClientKey { Address = RawAddress.From(address), Bits = isV4 ? v4 : v6 };
        ((Span<byte>)key.Address)[(key.Bits / 8)..].Clear();
        return key;
    }
}

/// <summary><c>struct hs_client_memory</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ClientMemory
{
    public uint Function;
    public ushort Predictions;
    public ushort Right;
    public byte Usable;
    public fixed byte Pad[3];
}
