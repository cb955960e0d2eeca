using System.Runtime.CompilerServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfMappedArray"/> is an array of 64-bit words shared with the kernel as memory: a write is seen by programs without a system call.
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

    /// <summary>Gets the number of words.</summary>
    public uint Length { get; }

    /// <summary>Reads a word.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <returns>The word's value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public ulong Read(uint index)
    {
        using var lease = new HandleLease(_memory);
        return Volatile.Read(ref Word(index));
    }

    /// <summary>Writes a word with a full fence, so that what this process does next is seen after it.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <param name="value">The new value.</param>
    /// <returns>The value that was there.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public ulong Exchange(uint index, ulong value)
    {
        using var lease = new HandleLease(_memory);
        return Interlocked.Exchange(ref Word(index), value);
    }

    /// <summary>Adds to a word, modulo 2^64.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <param name="value">What is added.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public ulong Add(uint index, long value)
    {
        using var lease = new HandleLease(_memory);
        return Interlocked.Add(ref Word(index), unchecked((ulong)value));
    }

    /// <summary>Ends the mapping. The array itself remains the object's.</summary>
    public void Dispose() => _memory.Dispose();

    private ref ulong Word(uint index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return ref Unsafe.Add(ref Unsafe.AsRef<ulong>((void*)_memory.DangerousGetHandle()), (nint)index);
    }
}
