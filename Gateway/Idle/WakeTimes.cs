namespace Gateway.Idle;

/// <summary>The recent wakes of one function from one tier (T_ready), and when the last one was.</summary>
internal sealed class WakeTimes
{
    /// <summary>How many wakes are kept. With 21 or more a single slow one is not the 0.95 quantile.</summary>
    public const int Capacity = 40;

    /// <summary>The times.</summary>
    public Durations Times { get; } = new(Capacity);

    /// <summary>The wall-clock time of the last wake, because it outlives the process.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>p95(T_ready); null if there are no wakes.</summary>
    public TimeSpan? P95 => Times.Quantile(0.95);

    /// <summary>The median of T_ready; null if there are no wakes.</summary>
    public TimeSpan? P50 => Times.Quantile(0.5);

    /// <summary>Adds a wake.</summary>
    public void Add(TimeSpan ready, DateTimeOffset now)
    {
        Times.Add(ready);
        At = now;
    }

    /// <summary>Returns whether the last wake is too old, or so far in the future that the clock was set back.</summary>
    public bool IsStale(DateTimeOffset now, TimeSpan after) => now - At > after || At - now > after;
}
