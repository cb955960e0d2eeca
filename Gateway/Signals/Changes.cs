namespace Gateway.Signals;

/// <summary>
/// Finds what has changed since the last comparison. A reload changes few of 10,000 functions, and each of the others is the same
/// object with the same options, so that it costs a comparison of references. Not thread safe.
/// </summary>
internal sealed class Changes<TKey, TValue>
    where TKey : class
    where TValue : class
{
    private Dictionary<TKey, TValue> _before = [];

    /// <returns>Returns the values that are gone since the last comparison, and the pairs that are new. A key whose value was replaced is in both.</returns>
    public (IReadOnlyList<TValue> Gone, IReadOnlyList<KeyValuePair<TKey, TValue>> Fresh) Compare(IReadOnlyCollection<TKey> keys, Func<TKey, TValue> valueOf)
    {
        var (before, now) = (_before, new Dictionary<TKey, TValue>(keys.Count));
        List<TValue> gone = [];
        List<KeyValuePair<TKey, TValue>> fresh = [];
        foreach (var key in keys)
        {
            var value = valueOf(key);
            now.Add(key, value);
            if (before.Remove(key, out var old) && ReferenceEquals(old, value))
            {
                continue;
            }

            fresh.Add(new(key, value));
            if (old is not null)
            {
                gone.Add(old);
            }
        }

        gone.AddRange(before.Values);
        _before = now;
        return (gone, fresh);
    }

    /// <summary>Forgets the last comparison, so that in the next one everything is new.</summary>
    public void Forget() => _before = [];
}
