namespace Gateway.Forwarding;

/// <summary>
/// Logs the first failure of a kind at once, and the number of those that follow within <see cref="Window"/> when that ends. The number of kinds is
/// bounded.
/// </summary>
internal sealed class RepeatedErrors(TimeProvider time, ILogger<RepeatedErrors> logger) : IDisposable
{
    /// <summary>The time in which failures of a kind are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>How many kinds there may be at once. Further ones count as one.</summary>
    private const int MostKinds = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string What, string Where), Kind> _kinds = [];

    /// <summary>Reports a failure.</summary>
    /// <param name="what">The kind of failure, a constant.</param>
    /// <param name="where">The function or the route.</param>
    /// <param name="error">The failure in one line.</param>
    /// <param name="log">Logs the failure.</param>
    public void Report(string what, string where, string error, Action log)
    {
        lock (_gate)
        {
            var key = _kinds.Count < MostKinds || _kinds.ContainsKey((what, where)) ? (what, where) : (what, "many others");
            if (_kinds.TryGetValue(key, out var kind))
            {
                kind.More++;
                kind.Last = error;
                return;
            }

            _kinds.Add(key, new Kind { Timer = time.CreateTimer(_ => End(key), null, Window, Timeout.InfiniteTimeSpan) });
        }

        log();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var kind in _kinds.Values)
            {
                kind.Timer.Dispose();
            }

            _kinds.Clear();
        }
    }

    private void End((string What, string Where) key)
    {
        Kind? kind;
        lock (_gate)
        {
            if (!_kinds.Remove(key, out kind))
            {
                return;
            }

            kind.Timer.Dispose();
        }

        if (kind.More > 0)
        {
            RequestErrorLog.More(logger, key.Where, kind.More, Window.TotalSeconds, kind.Last);
        }
    }

    private sealed class Kind
    {
        public required ITimer Timer { get; init; }

        public int More { get; set; }

        public string Last { get; set; } = "";
    }
}
