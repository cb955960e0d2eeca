using LibBpf.Native;

namespace LibBpf;

/// <summary>A <see cref="BpfArrayMap{TValue}"/> reads and writes an array. Every call is one system call; calls may come from any thread.</summary>
/// <typeparam name="TValue">The layout of a value.</typeparam>
public sealed unsafe class BpfArrayMap<TValue> where TValue : unmanaged
{
    private readonly BpfMap _map;

    internal BpfArrayMap(BpfMap map) => _map = map.Require<uint, TValue>(BpfMapType.BPF_MAP_TYPE_ARRAY);

    /// <summary>Gets the map without its types.</summary>
    public BpfMap Map => _map;

    /// <summary>Gets the number of entries.</summary>
    public uint Length => _map.MaxEntries;

    /// <summary>Gets or sets an entry.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="BpfException">ENOENT or E2BIG: the index is outside.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public TValue this[uint index]
    {
        get
        {
            using var lease = _map.Lease();
            TValue value;
            var result = NativeLibBpf.bpf_map__lookup_elem(_map.Pointer, &index, sizeof(uint), &value, (nuint)sizeof(TValue), 0);
            BpfError.Check(result, $"reading entry {index} of map {_map.Name}");
            return value;
        }
        set
        {
            using var lease = _map.Lease();
            var result = NativeLibBpf.bpf_map__update_elem(_map.Pointer, &index, sizeof(uint), &value, (nuint)sizeof(TValue), 0);
            BpfError.Check(result, $"writing entry {index} of map {_map.Name}");
        }
    }

    /// <summary>Reads every entry, one system call each. They are not read at one instant.</summary>
    /// <returns>The entries by index.</returns>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public TValue[] ToArray()
    {
        var values = new TValue[Length];
        for (uint i = 0; i < values.Length; i++)
        {
            values[i] = this[i];
        }
        return values;
    }
}
