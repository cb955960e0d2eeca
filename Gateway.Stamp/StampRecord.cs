using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.Stamp;

/// <summary><c>struct hs_stamp</c> of bpf/stamp.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StampRecord
{
    public OptionBytes Option;
    public byte Length;
    public fixed byte Pad[3];
}

[InlineArray(4 + Ebpf.Hooks.Wire.SynIdText.Size)]
internal struct OptionBytes
{
    private byte _first;
}

/// <summary><c>enum hs_stamped</c> of bpf/stamp.h.</summary>
internal enum Stamped
{
    Sent,
    NoRoom,
    GivenUp,
}
