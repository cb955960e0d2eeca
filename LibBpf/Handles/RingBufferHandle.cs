using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>Owns a <c>struct ring_buffer</c>: its epoll descriptor, its mapping of the map's memory, and the reference to what it calls.</summary>
internal sealed unsafe class RingBufferHandle : SafeHandle
{
    private readonly GCHandle _callback;

    public RingBufferHandle() : base(0, ownsHandle: true) { }

    private RingBufferHandle(nint pointer, GCHandle callback) : base(0, ownsHandle: true)
    {
        _callback = callback;
        SetHandle(pointer);
    }

    public override bool IsInvalid => handle == 0;

    internal static RingBufferHandle Open(int map, RingBufferCallback callback, string operation)
    {
        var context = GCHandle.Alloc(callback);
        var ring = NativeLibBpf.ring_buffer__new(map, &RingBufferCallback.OnRecord, GCHandle.ToIntPtr(context), null);
        var errno = Marshal.GetLastPInvokeError();
        if (ring == 0)
        {
            context.Free();
            throw BpfError.FromErrno(operation, errno);
        }
        return new RingBufferHandle(ring, context);
    }

    // This runs when no call into libbpf is under way any more, so that the callback is not called after it was freed.
    protected override bool ReleaseHandle()
    {
        NativeLibBpf.ring_buffer__free(handle);
        _callback.Free();
        return true;
    }
}
