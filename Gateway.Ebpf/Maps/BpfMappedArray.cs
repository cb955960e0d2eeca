using System.Runtime.CompilerServices;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>
/// An array of 64-bit words shared with the kernel as memory: a write is seen by programs without a system call.
/// All calls are atomic and may come from any thread; after <see cref="Dispose"/> they throw.
/// </summary>
public sealed unsafe class BpfMappedArray : IDisposable
{
    private readonly MappedMemory _memory;

    internal BpfMappedArray(BpfMap map)
    {
        map.Require<uint, ulong>(BpfMapType.BPF_MAP_TYPE_ARRAY);
        if ((map.Flags & BpfFlags.BPF_F_MMAPABLE) == 0)
        {
            throw new ArgumentException($"Map {map.Name} was not declared with BPF_F_MMAPABLE.", nameof(map));
        }
        using var lease = map.Lease();
        Length = map.MaxEntries;
        _memory = MappedMemory.Map(map.Descriptor, (nuint)Length * sizeof(ulong), $"map {map.Name}");
    }

    public uint Length { get; }

    public ulong Read(uint index)
    {
        using var lease = new HandleLease(_memory);
        return Volatile.Read(ref Word(index));
    }

    /// <summary>Writes with a full fence, so that what the program does next is seen after it. Returns what was there.</summary>
    public ulong Exchange(uint index, ulong value)
    {
        using var lease = new HandleLease(_memory);
        return Interlocked.Exchange(ref Word(index), value);
    }

    /// <summary>Adds, modulo 2^64. Returns the sum.</summary>
    public ulong Add(uint index, long value)
    {
        using var lease = new HandleLease(_memory);
        return Interlocked.Add(ref Word(index), unchecked((ulong)value));
    }

    public void Dispose() => _memory.Dispose();

    private ref ulong Word(uint index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return ref Unsafe.Add(ref Unsafe.AsRef<ulong>((void*)_memory.DangerousGetHandle()), (nint)index);
    }
}
