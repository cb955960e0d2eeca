using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_destination</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DestinationKey
{
    public RawAddress Address;
    public ushort Port; // network order
    public ushort Pad;

    internal static DestinationKey Of(IPAddress? address, int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        var order = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)port) : (ushort)port;
        return new DestinationKey { Address = address is null ? default : RawAddress.From(address), Port = order };
    }
}
