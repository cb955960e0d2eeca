namespace Gateway.Lab.Linking;

/// <summary>Counts one direction's frames: written by the relay's two threads, read by a third.</summary>
internal sealed class RelayCounters
{
    /// <summary>Nanoseconds: what a link is allowed to add to a round trip.</summary>
    private const long LateAfter = 1_000_000;

    private long _passed;
    private long _dropped;
    private long _late;
    private long _longestLateness;

    public void AddPassed() => Interlocked.Increment(ref _passed);

    public void AddDropped() => Interlocked.Increment(ref _dropped);

    /// <param name="nanoseconds">How long after its due time a frame was written.</param>
    public void AddLateness(long nanoseconds)
    {
        if (nanoseconds > LateAfter)
        {
            Interlocked.Increment(ref _late);
        }

        // Only the writer thread writes it.
        if (nanoseconds > Volatile.Read(ref _longestLateness))
        {
            Volatile.Write(ref _longestLateness, nanoseconds);
        }
    }

    public DirectionStatistics Read(long inFlight) => new(
        Volatile.Read(ref _passed),
        Volatile.Read(ref _dropped),
        inFlight,
        Volatile.Read(ref _late),
        TimeSpan.FromTicks(Volatile.Read(ref _longestLateness) / TimeSpan.NanosecondsPerTick));

    public void Reset()
    {
        Interlocked.Exchange(ref _passed, 0);
        Interlocked.Exchange(ref _dropped, 0);
        Interlocked.Exchange(ref _late, 0);
        Interlocked.Exchange(ref _longestLateness, 0);
    }
}
