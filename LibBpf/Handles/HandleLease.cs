using System.Runtime.InteropServices;

namespace LibBpf;

/// <summary>Keeps a handle from being released while raw pointers into it are in use. It throws ObjectDisposedException if the handle was released before.</summary>
internal readonly ref struct HandleLease
{
    private readonly SafeHandle _handle;

    internal HandleLease(SafeHandle handle)
    {
        var added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
    }

    public void Dispose() => _handle.DangerousRelease();
}
