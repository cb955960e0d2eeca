using LibBpf.Native;

namespace LibBpf;

/// <content>Going through the map key by key.</content>
public sealed unsafe partial class BpfHashMap<TKey, TValue>
{
    /// <summary>Finds the key that the kernel lists first.</summary>
    /// <param name="key">The key, where there is one.</param>
    /// <returns>False if the map is empty.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public bool TryGetFirstKey(out TKey key) => Next(null, out key);

    /// <summary>Finds the key that the kernel lists behind another; the order is its own.</summary>
    /// <param name="key">The key to go on from. If it was removed the kernel begins again.</param>
    /// <param name="next">The next key, where there is one.</param>
    /// <returns>False if there is no further key.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public bool TryGetNextKey(in TKey key, out TKey next)
    {
        fixed (TKey* start = &key)
        {
            return Next(start, out next);
        }
    }

    /// <summary>Lists the keys. While others add and remove, one may be missing or come twice.</summary>
    /// <returns>The keys in the kernel's order.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public IReadOnlyList<TKey> Keys()
    {
        var keys = new List<TKey>();
        for (var more = TryGetFirstKey(out var key); more; more = TryGetNextKey(key, out key))
        {
            keys.Add(key);
        }
        return keys;
    }

    /// <summary>
    /// Goes through the entries, two system calls each. The entry at hand may be removed on the way; while others add and remove,
    /// one may be missing or come twice.
    /// </summary>
    /// <returns>The entries, which are read as they are asked for.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries()
    {
        var more = TryGetFirstKey(out var next);
        while (more)
        {
            var key = next;
            more = TryGetNextKey(key, out next); // The caller may remove this entry afterwards.
            if (TryGet(key, out var value))
            {
                yield return new KeyValuePair<TKey, TValue>(key, value);
            }
        }
    }

    private bool Next(TKey* previous, out TKey next)
    {
        using var lease = _map.Lease();
        TKey found = default;
        var result = Found(NativeLibBpf.bpf_map__get_next_key(_map.Pointer, previous, &found, (nuint)sizeof(TKey)), "listing");
        next = found;
        return result;
    }
}
