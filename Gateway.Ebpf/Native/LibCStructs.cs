using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Native;

#pragma warning disable CS8981 // C names are lower case.

/// <summary><c>struct statx</c> of linux/stat.h: the same layout on every architecture. Only the inode is read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct statx_result
{
    [FieldOffset(32)]
    public ulong stx_ino;
}

[InlineArray(NetDevice.IFNAMSIZ)]
internal struct InterfaceName
{
    private byte _first;
}

[InlineArray(32)]
internal struct DriverText
{
    private byte _first;
}

/// <summary><c>struct ifreq</c> of linux/if.h on 64-bit machines: a name and a union of 24 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct ifreq
{
    [FieldOffset(0)]
    public InterfaceName ifr_name;

    [FieldOffset(16)]
    public short ifr_flags;

    [FieldOffset(16)]
    public void* ifr_data;
}

/// <summary>linux/ethtool.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ethtool_drvinfo
{
    public uint cmd;
    public DriverText driver;
    public DriverText version;
    public DriverText fw_version;
    public DriverText bus_info;
    public DriverText erom_version;
    private unsafe fixed byte _reserved2[12];
    public uint n_priv_flags;
    public uint n_stats;
    public uint testinfo_len;
    public uint eedump_len;
    public uint regdump_len;
}

/// <summary>net/if.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct if_nameindex_entry
{
    public uint if_index;
    public byte* if_name;
}
