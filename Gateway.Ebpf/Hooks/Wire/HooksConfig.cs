using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_config</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HooksConfig
{
    public ulong NetnsCookie;
    public byte ListenCgroup;
    public byte XdpNames;
    public byte Returning;
    public byte ClientHello;
    public byte ListenOrigin;
    public fixed byte Pad[3];
    public uint DataBudget;
    public uint Pad2;
    public Rate PerSource;
    public Rate PerNetwork;
    public Rate Total;
    public Rate Proven;
    public ulong ProvenNs;
    public ulong ProvenAgainNs;
}
