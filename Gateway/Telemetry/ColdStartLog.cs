using System.Collections.Concurrent;

namespace Gateway.Telemetry;

/// <summary>Keeps the last cold starts for the admin endpoint. The oldest are dropped first.</summary>
internal sealed class ColdStartLog(int capacity = ColdStartLog.DefaultCapacity)
{
    public const int DefaultCapacity = 10_000;

    private readonly ConcurrentQueue<ColdStart> _entries = new();

    public void Add(ColdStart coldStart)
    {
        _entries.Enqueue(coldStart);
        while (_entries.Count > capacity)
        {
            _entries.TryDequeue(out _);
        }
    }

    /// <summary>Returns the last cold starts of one function or, if it is null, of all, the oldest first.</summary>
    public IReadOnlyList<ColdStart> Last(int count, string? function) =>
        [.. _entries
            .Where(entry => function is null || string.Equals(entry.Function, function, StringComparison.OrdinalIgnoreCase))
            .OrderBy(entry => entry.Signal.Timestamp)
            .TakeLast(count)];
}
