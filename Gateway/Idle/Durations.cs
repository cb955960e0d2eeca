namespace Gateway.Idle;

/// <summary>
/// The last so many durations and their quantiles, by nearest rank: while there are few, the 0.95 quantile is the longest and
/// the 0.1 quantile the shortest seen, so that few measurements err on the careful side. Not thread-safe.
/// </summary>
internal sealed class Durations(int capacity)
{
    private readonly List<int> _ring = [];
    private int _oldest;
    private int[]? _sorted;

    public int Count => _ring.Count;

    /// <summary>Microseconds, oldest first.</summary>
    public IEnumerable<int> Microseconds => _ring.Skip(_oldest).Concat(_ring.Take(_oldest));

    /// <summary>Adds a duration: a negative one as 0, one above 35 minutes as that. When there is no room the oldest gives way.</summary>
    public void Add(TimeSpan duration) => Add((int)Math.Clamp(duration.TotalMicroseconds, 0, int.MaxValue));

    public void Add(int microseconds)
    {
        _sorted = null;
        if (_ring.Count < capacity)
        {
            _ring.Add(microseconds);
            return;
        }

        _ring[_oldest] = microseconds;
        _oldest = (_oldest + 1) % capacity;
    }

    /// <param name="part">0 to 1: 0.5 is the median.</param>
    /// <returns>Null when there are none.</returns>
    public TimeSpan? Quantile(double part)
    {
        if (_ring.Count == 0)
        {
            return null;
        }

        _sorted ??= [.. _ring.Order()];
        var rank = (int)Math.Ceiling(part * _sorted.Length);
        return TimeSpan.FromMicroseconds(_sorted[Math.Clamp(rank - 1, 0, _sorted.Length - 1)]);
    }
}
