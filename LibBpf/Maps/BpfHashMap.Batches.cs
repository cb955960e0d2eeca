using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <content>
/// Many entries with one system call. Linux 5.6 has it; on older kernels the same is done entry by entry. They answer an
/// unknown command with EINVAL, and newer ones a map that lacks batches with ENOTSUPP.
/// </content>
public sealed unsafe partial class BpfHashMap<TKey, TValue>
{
    /// <summary>
    /// Reads the next entries of a pass over the map, as many as there is room for. While others add and remove, an entry may be
    /// missing or come twice.
    /// </summary>
    /// <param name="cursor">Where the pass is; it is moved on.</param>
    /// <param name="keys">Takes the keys; room for some hundred makes few calls.</param>
    /// <param name="values">Takes the values, and is of the same length.</param>
    /// <returns>How many entries were read; 0 at the end.</returns>
    /// <exception cref="ArgumentException">The spans are empty, or of different lengths.</exception>
    /// <exception cref="BpfException">ENOSPC: more keys share one hash bucket than there is room for, so that a larger room is needed.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public int LookupBatch(BpfMapCursor cursor, Span<TKey> keys, Span<TValue> values)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        RequireSameLength(keys.Length, values.Length);
        if (keys.IsEmpty)
        {
            throw new ArgumentException("A batch needs room for one entry at least.", nameof(keys));
        }
        if (cursor.IsAtEnd)
        {
            return 0;
        }
        if (cursor.Position.Length == 0)
        {
            cursor.Position = new byte[Math.Max(sizeof(TKey), sizeof(uint))];
        }
        return cursor.IsKeyByKey ? LookupKeyByKey(cursor, keys, values) : LookupInKernel(cursor, keys, values);
    }

    /// <summary>Adds or replaces entries.</summary>
    /// <param name="keys">The entries' keys.</param>
    /// <param name="values">Their values, in the same order.</param>
    /// <exception cref="ArgumentException">The spans are of different lengths.</exception>
    /// <exception cref="BpfException">E2BIG: the map is full; the entries before the one that did not fit are written.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public void UpdateBatch(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values)
    {
        RequireSameLength(keys.Length, values.Length);
        using var lease = _map.Lease();
        var count = (uint)keys.Length;
        var options = Options();
        fixed (TKey* keyStart = keys)
        {
            fixed (TValue* valueStart = values)
            {
                var result = count == 0 ? 0 : NativeBpf.bpf_map_update_batch(_map.Descriptor, keyStart, valueStart, &count, &options);
                if (!IsUnknown(result))
                {
                    BpfError.Check(result, $"writing {keys.Length} entries to map {_map.Name}, which holds {_map.MaxEntries} at most");
                    return;
                }
            }
        }
        UpdateKeyByKey(keys, values);
    }

    /// <summary>Removes entries. Keys that are not in the map are passed over.</summary>
    /// <param name="keys">The keys of the entries.</param>
    /// <returns>How many entries were removed.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public int DeleteBatch(ReadOnlySpan<TKey> keys)
    {
        using var lease = _map.Lease();
        var options = Options();
        var removed = 0;
        while (!keys.IsEmpty)
        {
            var count = (uint)keys.Length;
            int result;
            fixed (TKey* start = keys)
            {
                result = NativeBpf.bpf_map_delete_batch(_map.Descriptor, start, &count, &options);
            }
            if (IsUnknown(result))
            {
                return removed + DeleteKeyByKey(keys);
            }
            // The kernel stops at a key that it does not find, and returns how many there were before it.
            var missing = result == -ErrnoCodes.ENOENT;
            if (!missing)
            {
                BpfError.Check(result, $"removing {keys.Length} entries from map {_map.Name}");
            }
            removed += (int)count;
            keys = keys[((int)count + (missing ? 1 : 0))..];
        }
        return removed;
    }

    private int LookupInKernel(BpfMapCursor cursor, Span<TKey> keys, Span<TValue> values)
    {
        using var lease = _map.Lease();
        var count = (uint)keys.Length;
        var options = Options();
        int result;
        fixed (byte* position = cursor.Position)
        {
            fixed (TKey* keyStart = keys)
            {
                fixed (TValue* valueStart = values)
                {
                    result = NativeBpf.bpf_map_lookup_batch(_map.Descriptor, cursor.IsStarted ? position : null, position, keyStart, valueStart, &count, &options);
                }
            }
        }
        if (IsUnknown(result) && !cursor.IsStarted)
        {
            cursor.IsKeyByKey = true;
            return LookupKeyByKey(cursor, keys, values);
        }
        cursor.IsAtEnd = result == -ErrnoCodes.ENOENT;
        if (!cursor.IsAtEnd)
        {
            BpfError.Check(result, $"reading {keys.Length} entries of map {_map.Name}");
        }
        cursor.IsStarted = true;
        return (int)count;
    }

    private int LookupKeyByKey(BpfMapCursor cursor, Span<TKey> keys, Span<TValue> values)
    {
        var count = 0;
        while (count < keys.Length)
        {
            var previous = MemoryMarshal.Read<TKey>(cursor.Position);
            if (!(cursor.IsStarted ? TryGetNextKey(previous, out var key) : TryGetFirstKey(out key)))
            {
                cursor.IsAtEnd = true;
                break;
            }
            MemoryMarshal.Write(cursor.Position, key);
            cursor.IsStarted = true;
            if (TryGet(key, out values[count]))
            {
                keys[count++] = key;
            }
        }
        return count;
    }

    /// <summary>What <see cref="UpdateBatch"/> does on a kernel without batches.</summary>
    internal void UpdateKeyByKey(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            Set(keys[i], values[i]);
        }
    }

    /// <summary>What <see cref="DeleteBatch"/> does on a kernel without batches.</summary>
    internal int DeleteKeyByKey(ReadOnlySpan<TKey> keys)
    {
        var removed = 0;
        foreach (ref readonly var key in keys)
        {
            removed += Remove(key) ? 1 : 0;
        }
        return removed;
    }

    private static bool IsUnknown(int result) => result is -ErrnoCodes.EINVAL or -ErrnoCodes.ENOTSUPP;

    private static bpf_map_batch_opts Options() => new() { sz = (nuint)sizeof(bpf_map_batch_opts) };

    private static void RequireSameLength(int keys, int values)
    {
        if (keys != values)
        {
            throw new ArgumentException($"There are {keys} keys and {values} values.");
        }
    }
}
