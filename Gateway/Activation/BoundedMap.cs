using System.Diagnostics.CodeAnalysis;

namespace Gateway.Activation;

/// <summary>
/// A dictionary of bounded size that forgets the entry that was looked up the longest ago. Entries that may not be forgotten are passed over, a few at
/// a time, so that each call costs O(1). It is not thread-safe.
/// </summary>
internal sealed class BoundedMap<TKey, TValue>(int most)
    where TKey : notnull
{
    /// <summary>How many entries are looked at when one has to be forgotten.</summary>
    private const int Looks = 4;

    private readonly Dictionary<TKey, LinkedListNode<KeyValuePair<TKey, TValue>>> _byKey = [];
    private readonly LinkedList<KeyValuePair<TKey, TValue>> _byUse = new();

    /// <summary>Gets the number of entries.</summary>
    public int Count => _byKey.Count;

    /// <summary>Gets the values, those that were looked up last first.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Latest
    {
        get
        {
            for (var node = _byUse.Last; node is not null; node = node.Previous)
            {
                yield return node.Value;
            }
        }
    }

    /// <summary>Finds an entry without counting as a use.</summary>
    public bool TryPeek(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var isFound = _byKey.TryGetValue(key, out var node);
        value = isFound ? node!.Value.Value : default;
        return isFound;
    }

    /// <summary>Finds an entry or makes it, which may forget others.</summary>
    /// <param name="key">The key.</param>
    /// <param name="make">Makes a new value.</param>
    /// <param name="mayForget">Returns whether a value may be forgotten. If few may, there can be more entries than the bound for a time.</param>
    /// <param name="onForget">Is called with what was forgotten.</param>
    public TValue GetOrAdd(TKey key, Func<TValue> make, Func<TValue, bool> mayForget, Action<TKey, TValue>? onForget = null)
    {
        if (_byKey.TryGetValue(key, out var known))
        {
            _byUse.Remove(known);
            _byUse.AddLast(known);
            return known.Value.Value;
        }

        for (var looks = 0; _byKey.Count >= most && looks < Looks; looks++)
        {
            var oldest = _byUse.First!;
            _byUse.RemoveFirst();
            if (mayForget(oldest.Value.Value))
            {
                _byKey.Remove(oldest.Value.Key);
                onForget?.Invoke(oldest.Value.Key, oldest.Value.Value);
            }
            else
            {
                _byUse.AddLast(oldest);
            }
        }

        var added = _byUse.AddLast(KeyValuePair.Create(key, make()));
        _byKey.Add(key, added);
        return added.Value.Value;
    }

    /// <summary>Forgets an entry.</summary>
    public void Remove(TKey key)
    {
        if (_byKey.Remove(key, out var node))
        {
            _byUse.Remove(node);
        }
    }
}
