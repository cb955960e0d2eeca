namespace Gateway.Telemetry.Export;

/// <summary>
/// Knows since when each series counts, which receivers of cumulative numbers want to be told (OpenTelemetry's metrics data model, "Resets and Gaps"). A series that
/// was not there at the collection before, or that counts from nothing again, has counted since then.
/// </summary>
/// <param name="began">When the gateway began to count.</param>
internal sealed class SeriesStarts(DateTimeOffset began)
{
    private readonly Dictionary<(string Metric, string Series), Entry> _known = [];
    private DateTimeOffset _before = began;
    private int _collection;

    /// <summary>Returns since when a series counts.</summary>
    /// <param name="metric">The metric's name.</param>
    /// <param name="series">The series' key.</param>
    /// <param name="count">What it has counted.</param>
    public DateTimeOffset Of(string metric, string series, double count)
    {
        var start = _known.TryGetValue((metric, series), out var entry) && count >= entry.Count ? entry.Start : _before;
        _known[(metric, series)] = new Entry(start, count, _collection);
        return start;
    }

    /// <summary>Ends a collection, after which series that were not in it are forgotten.</summary>
    public void End(DateTimeOffset collected)
    {
        foreach (var (key, entry) in _known)
        {
            if (entry.Collection != _collection)
            {
                _known.Remove(key);
            }
        }

        (_before, _collection) = (collected, _collection + 1);
    }

    private readonly record struct Entry(DateTimeOffset Start, double Count, int Collection);
}
