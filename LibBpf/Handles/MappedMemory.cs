using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>Owns a mapping of a BPF array's memory. It keeps the array alive by itself.</summary>
internal sealed class MappedMemory : SafeHandle
{
    private readonly nuint _length;

    private MappedMemory(nint address, nuint length) : base(0, ownsHandle: true)
    {
        _length = length;
        SetHandle(address);
    }

    public override bool IsInvalid => handle == 0;

    internal static MappedMemory Map(int fd, nuint length, string what)
    {
        var page = (nuint)Environment.SystemPageSize;
        var rounded = (length + page - 1) / page * page;
        var address = NativeLibC.mmap(0, rounded, NativeLibCFlags.PROT_READ | NativeLibCFlags.PROT_WRITE, NativeLibCFlags.MAP_SHARED, fd, 0);
        if (address == -1)
        {
            throw BpfError.FromErrno($"mapping {what}", Marshal.GetLastPInvokeError());
        }
        return new MappedMemory(address, rounded);
    }

    protected override bool ReleaseHandle() => NativeLibC.munmap(handle, _length) == 0;
}
