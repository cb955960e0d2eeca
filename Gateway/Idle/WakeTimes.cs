namespace Gateway.Idle;

/// <summary>T_ready of one function from one tier: recent wakes, and when the last one was.</summary>
internal sealed class WakeTimes
{
    /// <summary>How many wakes are kept. From 21 on a single slow one is no longer the 0.95 quantile.</summary>
    public const int Capacity = 40;

    public Durations Times { get; } = new(Capacity);

    /// <summary>Wall-clock time of the last one; it outlives the process.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>p95(T_ready); null when it was never woken from there.</summary>
    public TimeSpan? P95 => Times.Quantile(0.95);

    public TimeSpan? P50 => Times.Quantile(0.5);

    public void Add(TimeSpan ready, DateTimeOffset now)
    {
        Times.Add(ready);
        At = now;
    }

    /// <summary>Whether the last wake was measured long ago, or at a time that is in the future since the clock was set back.</summary>
    public bool IsStale(DateTimeOffset now, TimeSpan after) => now - At > after || At - now > after;
}
