using System.Runtime.CompilerServices;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>An array with a copy of each value for every CPU, so that programs count without atomics.</summary>
public sealed unsafe class BpfPerCpuArrayMap<TValue> where TValue : unmanaged
{
    private readonly BpfMap _map;
    private readonly int _cpus;
    private readonly int _stride;

    internal BpfPerCpuArrayMap(BpfMap map)
    {
        _map = map.Require<uint, TValue>(BpfMapType.BPF_MAP_TYPE_PERCPU_ARRAY);
        _cpus = BpfError.Check(LibBpf.libbpf_num_possible_cpus(), "counting the possible CPUs");
        // The kernel lays the copies out at multiples of eight bytes (linux/bpf.h, BPF_MAP_LOOKUP_ELEM).
        _stride = (sizeof(TValue) + 7) / 8 * 8;
    }

    public uint Length => _map.MaxEntries;

    /// <summary>The copies of one entry, one for each possible CPU. They are not read at one instant.</summary>
    /// <exception cref="BpfException">The index is outside.</exception>
    public TValue[] Read(uint index)
    {
        using var lease = _map.Lease();
        var bytes = new byte[_stride * _cpus];
        fixed (byte* start = bytes)
        {
            var result = LibBpf.bpf_map__lookup_elem(_map.Pointer, &index, sizeof(uint), start, (nuint)bytes.Length, 0);
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
