namespace Gateway.Idle;

/// <summary>
/// Keeps the last durations and computes their quantiles, by nearest rank. While there are few durations, the 0.95 quantile is the longest and
/// the 0.1 quantile the shortest one, so that few measurements err on the careful side. Not thread safe.
/// </summary>
internal sealed class Durations(int capacity)
{
    private readonly List<int> _ring = [];
    private int _oldest;
    private int[]? _sorted;

    /// <summary>How many durations there are.</summary>
    public int Count => _ring.Count;

    /// <summary>The durations in microseconds, the oldest first.</summary>
    public IEnumerable<int> Microseconds => _ring.Skip(_oldest).Concat(_ring.Take(_oldest));

    /// <summary>Adds a duration, which is limited to 0 at least and some 35 minutes at most. If there is no room it replaces the oldest one.</summary>
    public void Add(TimeSpan duration) => Add((int)Math.Clamp(duration.TotalMicroseconds, 0, int.MaxValue));

    /// <summary>Adds a duration. If there is no room it replaces the oldest one.</summary>
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

    /// <summary>Computes a quantile.</summary>
    /// <param name="part">0 to 1; 0.5 is the median.</param>
    /// <returns>Returns null if there are no durations.</returns>
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
