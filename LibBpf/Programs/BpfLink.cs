using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// A link is a program's place at a hook. It ends with <see cref="Dispose"/>, or when nothing refers to this object any more, or with the process,
/// however that ends: nothing is pinned.
/// </summary>
public sealed class BpfLink : IDisposable
{
    private readonly SafeHandle _handle;

    internal BpfLink(FileDescriptor descriptor) => _handle = descriptor;

    internal BpfLink(BpfLinkHandle handle) => _handle = handle;

    /// <summary>
    /// Gets the owner of the link. Its value is the link's file descriptor, or for a tracepoint the native <c>struct bpf_link *</c>.
    /// This object disposes it; hold it with <see cref="SafeHandle.DangerousAddRef"/> for as long as you use what is in it.
    /// </summary>
    public SafeHandle Handle => _handle;

    /// <summary>Gets the number of the link's file descriptor, for calls that this library lacks. This object owns it: do not close it.</summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public int FileDescriptor
    {
        get
        {
            using var lease = new HandleLease(_handle);
            var value = _handle.DangerousGetHandle();
            return _handle is BpfLinkHandle ? NativeLibBpf.bpf_link__fd(value) : (int)value;
        }
    }

    /// <summary>Detaches the program. When this returns, the kernel does not begin to run it there any more.</summary>
    public void Dispose() => _handle.Dispose();
}
