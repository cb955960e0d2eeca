using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gateway.Telemetry;

/// <summary>Keeps the last cold starts for the admin endpoint. The oldest are dropped first.</summary>
internal sealed class ColdStartLog(int capacity = ColdStartLog.DefaultCapacity)
{
    public const int DefaultCapacity = 10_000;

    private readonly ConcurrentQueue<ColdStart> _entries = new();
    private ImmutableList<Action<ColdStart>> _observers = [];

    /// <summary>Has each cold start that ends told from now on, on the thread that ends it, which must not be kept waiting.</summary>
    /// <returns>An object whose disposal ends that.</returns>
    public IDisposable Observe(Action<ColdStart> observer)
    {
        ImmutableInterlocked.Update(ref _observers, static (list, added) => list.Add(added), observer);
        return new Subscription(() => ImmutableInterlocked.Update(ref _observers, static (list, gone) => list.Remove(gone), observer));
    }

    public void Add(ColdStart coldStart)
    {
        _entries.Enqueue(coldStart);
        foreach (var observer in Volatile.Read(ref _observers))
        {
            observer(coldStart);
        }

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

    /// <summary>Returns the last cold start of each function that has had one.</summary>
    public IReadOnlyList<ColdStart> LastOfEach() =>
        [.. _entries
            .GroupBy(static entry => entry.Function, StringComparer.OrdinalIgnoreCase)
            .Select(static entries => entries.MaxBy(static entry => entry.Signal.Timestamp)!)];

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
