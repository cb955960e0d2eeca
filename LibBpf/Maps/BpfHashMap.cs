using System.Diagnostics.CodeAnalysis;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfHashMap{TKey,TValue}"/> reads and writes a hash map, one that evicts the least recently used entries (LRU), or a trie of prefixes (LPM), in which
/// <see cref="TryGet"/> finds the longest prefix of a key. Every call on one entry is one system call and is atomic by itself; calls may come from any thread.
/// </summary>
/// <typeparam name="TKey">The layout of a key.</typeparam>
/// <typeparam name="TValue">The layout of a value.</typeparam>
public sealed unsafe partial class BpfHashMap<TKey, TValue> where TKey : unmanaged where TValue : unmanaged
{
    private readonly BpfMap _map;

    internal BpfHashMap(BpfMap map) => _map = map.Require<TKey, TValue>(
        map.Type is BpfMapType.BPF_MAP_TYPE_LRU_HASH or BpfMapType.BPF_MAP_TYPE_LPM_TRIE ? map.Type : BpfMapType.BPF_MAP_TYPE_HASH);

    /// <summary>Gets the map without its types.</summary>
    public BpfMap Map => _map;

    /// <summary>Adds or replaces an entry. A lookup in the kernel sees the old value or the new one.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="value">The entry's value.</param>
    /// <exception cref="BpfException">E2BIG, or ENOSPC for a trie: the map is full.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public void Set(in TKey key, in TValue value)
    {
        using var lease = _map.Lease();
        fixed (TKey* keyStart = &key)
        {
            fixed (TValue* valueStart = &value)
            {
                var result = NativeLibBpf.bpf_map__update_elem(_map.Pointer, keyStart, (nuint)sizeof(TKey), valueStart, (nuint)sizeof(TValue), 0);
                BpfError.Check(result, $"writing to map {_map.Name}, which holds {_map.MaxEntries} entries at most");
            }
        }
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="value">The entry's value, where it is there.</param>
    /// <returns>True if there is such an entry.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public bool TryGet(in TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        using var lease = _map.Lease();
        fixed (TKey* keyStart = &key)
        {
            fixed (TValue* valueStart = &value)
            {
                var result = NativeLibBpf.bpf_map__lookup_elem(_map.Pointer, keyStart, (nuint)sizeof(TKey), valueStart, (nuint)sizeof(TValue), 0);
                return Found(result, "reading from");
            }
        }
    }

    /// <summary>Removes an entry.</summary>
    /// <param name="key">The entry's key.</param>
    /// <returns>False if there was no such entry.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public bool Remove(in TKey key)
    {
        using var lease = _map.Lease();
        fixed (TKey* keyStart = &key)
        {
            return Found(NativeLibBpf.bpf_map__delete_elem(_map.Pointer, keyStart, (nuint)sizeof(TKey), 0), "removing from");
        }
    }

    private bool Found(int result, string doing) =>
        result != -ErrnoCodes.ENOENT && BpfError.Check(result, $"{doing} map {_map.Name}") >= 0;
}
