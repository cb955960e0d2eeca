using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_listen_event</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ListenRecord
{
    /// <summary>HS_KIND_LISTEN. Connection events have 1 and 2 in the same place.</summary>
    internal const byte KindListen = 4;

    /// <summary>Where the kind stands in every record.</summary>
    internal const int KindOffset = 12;

    public ulong KtimeNs;
    public uint Pid;
    public byte Kind;
    public byte Hook;
    public ushort Port;
    public ulong Cgroup;
    public CgroupAncestors Ancestors;
}

/// <summary>Ids of the cgroups above, from level 1 down; 0 where the path is not that deep.</summary>
[InlineArray(Count)]
internal struct CgroupAncestors
{
    /// <summary>HS_ANCESTORS</summary>
    internal const int Count = 6;

    private ulong _first;
}
