namespace Gateway.Telemetry;

/// <summary>
/// Thins out lines of the log: of each kind the first one is written at once, those that follow within <see cref="Window"/> are counted, and their number is told when it ends.
/// It is thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="mostKinds">How many kinds there may be at once.</param>
/// <param name="tell">Tells how many lines of a kind followed the first one, and the last of them.</param>
internal sealed class RepeatedLines<TKind>(TimeProvider time, int mostKinds, Action<TKind, int, string> tell) : IDisposable
    where TKind : notnull
{
    /// <summary>The time in which lines of a kind are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<TKind, Entry> _kinds = [];

    /// <summary>Counts a line. Returns whether it is to be written, because it is the first of its kind.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="others">The kind that it counts as if there are too many kinds already.</param>
    /// <param name="line">What is told of it if it is the last one.</param>
    public bool IsFirst(TKind kind, TKind others, string line = "")
    {
        lock (_gate)
        {
            var key = _kinds.Count < mostKinds || _kinds.ContainsKey(kind) ? kind : others;
            if (_kinds.TryGetValue(key, out var entry))
            {
                entry.More++;
                entry.Last = line;
                return false;
            }

            _kinds.Add(key, new Entry { Timer = time.CreateTimer(_ => End(key), null, Window, Timeout.InfiniteTimeSpan) });
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var entry in _kinds.Values)
            {
                entry.Timer.Dispose();
            }

            _kinds.Clear();
        }
    }

    private void End(TKind kind)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_kinds.Remove(kind, out entry))
            {
                return;
            }

            entry.Timer.Dispose();
        }

        if (entry.More > 0)
        {
            tell(kind, entry.More, entry.Last);
        }
    }

    private sealed class Entry
    {
        public required ITimer Timer { get; init; }

        public int More { get; set; }

        public string Last { get; set; } = "";
    }
}
