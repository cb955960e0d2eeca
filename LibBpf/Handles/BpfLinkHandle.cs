using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>Owns a <c>struct bpf_link</c> of libbpf, which holds more than one descriptor where a perf event is involved.</summary>
internal sealed class BpfLinkHandle : SafeHandle
{
    public BpfLinkHandle() : base(0, ownsHandle: true) { }

    internal BpfLinkHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => NativeLibBpf.bpf_link__destroy(handle) == 0;
}
