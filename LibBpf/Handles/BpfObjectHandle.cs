using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>Owns a <c>struct bpf_object</c>: its programs, maps and their file descriptors live as long as it does.</summary>
internal sealed class BpfObjectHandle : SafeHandle
{
    public BpfObjectHandle() : base(0, ownsHandle: true) { }

    internal BpfObjectHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeLibBpf.bpf_object__close(handle);
        return true;
    }
}
