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

    internal static ClientKey Of(IPAddress address) => new() { Address = RawAddress.From(address), Bits = 128 };

    /// <summary>The IPv4 /24 or IPv6 /64 that it is in.</summary>
    internal static ClientKey GroupOf(IPAddress address)
    {
        var v4 = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        var key = new ClientKey { Address = RawAddress.From(address), Bits = v4 ? (byte)120 : (byte)64 };
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
