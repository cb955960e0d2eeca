using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>Owns a file descriptor. A BPF link is one: the kernel detaches the program when the last copy is closed.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    public FileDescriptor() : base(-1, ownsHandle: true) { }

    internal FileDescriptor(int fd) : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    /// <summary>The number, which is valid only while the caller keeps this object from being disposed.</summary>
    internal int Number => (int)handle;

    protected override bool ReleaseHandle() => NativeLibC.close((int)handle) == 0;
}
