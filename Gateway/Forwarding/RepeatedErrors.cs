namespace Gateway.Forwarding;

/// <summary>
/// Tells the first failure of a kind at once, and those of the same kind that follow within <see cref="Window"/> as a number
/// when it ends. Kinds are bounded, as their names come from the configuration and the texts from the program.
/// </summary>
internal sealed class RepeatedErrors(TimeProvider time, ILogger<RepeatedErrors> logger) : IDisposable
{
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>More kinds than these at once are told as one.</summary>
    private const int MostKinds = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string What, string Where), Kind> _kinds = [];

    /// <param name="what">The kind of failure: a constant of the program's.</param>
    /// <param name="where">The function, or the route.</param>
    /// <param name="error">What happened, as one line.</param>
    /// <param name="tell">Logs it.</param>
    public void Tell(string what, string where, string error, Action tell)
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

        tell();
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
