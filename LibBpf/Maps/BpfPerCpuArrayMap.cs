using System.Runtime.CompilerServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>A <see cref="BpfPerCpuArrayMap{TValue}"/> reads an array with a copy of each value for every CPU, so that programs count without atomics. Calls may come from any thread.</summary>
/// <typeparam name="TValue">The layout of a value.</typeparam>
public sealed unsafe class BpfPerCpuArrayMap<TValue> where TValue : unmanaged
{
    private readonly BpfMap _map;
    private readonly int _cpus;
    private readonly int _stride;

    internal BpfPerCpuArrayMap(BpfMap map)
    {
        _map = map.Require<uint, TValue>(BpfMapType.BPF_MAP_TYPE_PERCPU_ARRAY);
        _cpus = BpfError.Check(NativeLibBpf.libbpf_num_possible_cpus(), "counting the possible CPUs");
        // The kernel lays the copies out at multiples of eight bytes (linux/bpf.h, BPF_MAP_LOOKUP_ELEM).
        _stride = (sizeof(TValue) + 7) / 8 * 8;
    }

    /// <summary>Gets the map without its types.</summary>
    public BpfMap Map => _map;

    /// <summary>Gets the number of entries.</summary>
    public uint Length => _map.MaxEntries;

    /// <summary>Reads the copies of one entry. They are not read at one instant.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <returns>The copies, one for each possible CPU.</returns>
    /// <exception cref="BpfException">ENOENT: the index is outside.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public TValue[] Read(uint index)
    {
        using var lease = _map.Lease();
        var bytes = new byte[_stride * _cpus];
        fixed (byte* start = bytes)
        {
            var result = NativeLibBpf.bpf_map__lookup_elem(_map.Pointer, &index, sizeof(uint), start, (nuint)bytes.Length, 0);
            BpfError.Check(result, $"reading entry {index} of map {_map.Name}");
        }
        var values = new TValue[_cpus];
        for (var cpu = 0; cpu < _cpus; cpu++)
        {
            values[cpu] = Unsafe.ReadUnaligned<TValue>(ref bytes[cpu * _stride]);
        }
        return values;
    }
}
