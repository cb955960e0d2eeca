using System.Runtime.InteropServices;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>Owns a <c>struct ring_buffer</c>: its epoll descriptor and its mapping of the map's memory.</summary>
internal sealed class RingBufferHandle : SafeHandle
{
    public RingBufferHandle() : base(0, ownsHandle: true) { }

    internal RingBufferHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibBpf.ring_buffer__free(handle);
        return true;
    }
}
