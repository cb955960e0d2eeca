using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_connection_event</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConnectionRecord
{
    public ulong KtimeNs;
    public uint Function;
    public byte Kind;
    public byte Hook;
    public ushort LocalPort;
    public ushort RemotePort;
    public ushort Named;
    public uint SrttUs;
    public RawAddress LocalAddress;
    public RawAddress RemoteAddress;
}
