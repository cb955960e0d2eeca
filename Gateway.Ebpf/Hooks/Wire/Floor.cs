using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_floor</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Floor
{
    public ulong UntilNs;
    public ulong Withheld;
}
