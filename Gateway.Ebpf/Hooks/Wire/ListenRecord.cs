using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_listen_event</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ListenRecord
{
    /// <summary>HS_KIND_LISTEN. Connection events have other kinds at the same offset.</summary>
    internal const byte KindListen = 4;

    /// <summary>The offset of the kind, in every record.</summary>
    internal const int KindOffset = 12;

    public ulong KtimeNs;
    public uint Pad;
    public byte Kind;
    public byte Hook;
    public ushort Port;
    public ulong Cgroup;
    public CgroupAncestors Ancestors;
}

/// <summary>The ids of the cgroups above, from level 1 down; 0 where the path is not that deep.</summary>
[InlineArray(Count)]
internal struct CgroupAncestors
{
    /// <summary>HS_ANCESTORS</summary>
    internal const int Count = 6;

    private ulong _first;
}
