using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>An array. Every call is one system call; calls may come from any thread.</summary>
public sealed unsafe class BpfArrayMap<TValue> where TValue : unmanaged
{
    private readonly BpfMap _map;

    internal BpfArrayMap(BpfMap map) => _map = map.Require<uint, TValue>(BpfMapType.BPF_MAP_TYPE_ARRAY);

    public uint Length => _map.MaxEntries;

    /// <exception cref="BpfException">ENOENT or E2BIG: the index is outside.</exception>
    public TValue this[uint index]
    {
        get
        {
            using var lease = _map.Lease();
            TValue value;
            var result = LibBpf.bpf_map__lookup_elem(_map.Pointer, &index, sizeof(uint), &value, (nuint)sizeof(TValue), 0);
            BpfError.Check(result, $"reading entry {index} of map {_map.Name}");
            return value;
        }
        set
        {
            using var lease = _map.Lease();
            var result = LibBpf.bpf_map__update_elem(_map.Pointer, &index, sizeof(uint), &value, (nuint)sizeof(TValue), 0);
            BpfError.Check(result, $"writing entry {index} of map {_map.Name}");
        }
    }
}
