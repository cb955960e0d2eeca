using System.Diagnostics.CodeAnalysis;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>A hash map, or one that forgets what was not used longest (LRU). Every call is one system call and is atomic by itself; calls may come from any thread.</summary>
public sealed unsafe class BpfHashMap<TKey, TValue> where TKey : unmanaged where TValue : unmanaged
{
    private readonly BpfMap _map;

    internal BpfHashMap(BpfMap map) => _map = map.Require<TKey, TValue>(
        map.Type == BpfMapType.BPF_MAP_TYPE_LRU_HASH ? BpfMapType.BPF_MAP_TYPE_LRU_HASH : BpfMapType.BPF_MAP_TYPE_HASH);

    /// <summary>Adds or replaces. A lookup in the kernel sees the old value or the new one.</summary>
    /// <exception cref="BpfException">E2BIG: the map is full.</exception>
    public void Set(in TKey key, in TValue value)
    {
        using var lease = _map.Lease();
        fixed (TKey* keyStart = &key)
        {
            fixed (TValue* valueStart = &value)
            {
                var result = LibBpf.bpf_map__update_elem(_map.Pointer, keyStart, (nuint)sizeof(TKey), valueStart, (nuint)sizeof(TValue), 0);
                BpfError.Check(result, $"writing to map {_map.Name}, which holds {_map.MaxEntries} entries at most");
            }
        }
    }

    public bool TryGet(in TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        using var lease = _map.Lease();
        fixed (TKey* keyStart = &key)
        {
            fixed (TValue* valueStart = &value)
            {
                var result = LibBpf.bpf_map__lookup_elem(_map.Pointer, keyStart, (nuint)sizeof(TKey), valueStart, (nuint)sizeof(TValue), 0);
                return Found(result, "reading from");
            }
        }
    }

    /// <summary>False when there was no such key.</summary>
    public bool Remove(in TKey key)
    {
        using var lease = _map.Lease();
        fixed (TKey* keyStart = &key)
        {
            return Found(LibBpf.bpf_map__delete_elem(_map.Pointer, keyStart, (nuint)sizeof(TKey), 0), "removing from");
        }
    }

    /// <summary>The keys. While others add and remove, one may be missing or come twice.</summary>
    public IReadOnlyList<TKey> Keys()
    {
        using var lease = _map.Lease();
        var keys = new List<TKey>();
        TKey current = default, next;
        TKey* previous = null;
        while (Found(LibBpf.bpf_map__get_next_key(_map.Pointer, previous, &next, (nuint)sizeof(TKey)), "listing"))
        {
            keys.Add(next);
            current = next;
            previous = &current;
        }
        return keys;
    }

    private bool Found(int result, string doing) =>
        result != -ErrnoNames.ENOENT && BpfError.Check(result, $"{doing} map {_map.Name}") >= 0;
}
