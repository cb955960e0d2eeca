using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_syn_id</c> of bpf/headstart.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SynIdKey
{
    public SynIdText Text;
    public byte Length;
    public fixed byte Pad[3];

    internal static SynIdKey Of(string id)
    {
        ArgumentOutOfRangeException.ThrowIfZero(id.Length, nameof(id));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id.Length, SynIdText.Size, nameof(id));
        var key = new SynIdKey { Length = (byte)id.Length };
        Encoding.ASCII.GetBytes(id, key.Text);
        return key;
    }
}

[InlineArray(Size)]
internal struct SynIdText
{
    /// <summary>HS_SYN_ID_MAX</summary>
    internal const int Size = 16;

    private byte _first;
}
