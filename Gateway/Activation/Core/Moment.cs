namespace Gateway.Activation.Core;

/// <summary>A point in time on a monotonic clock, with the clock's unit, so that the core can calculate without access to a clock.</summary>
/// <param name="Timestamp">The value that <see cref="TimeProvider.GetTimestamp"/> returned.</param>
/// <param name="Frequency">The number of timestamp units in a second (<see cref="TimeProvider.TimestampFrequency"/>).</param>
internal readonly record struct Moment(long Timestamp, long Frequency)
{
    /// <summary>Returns the time that has passed since a timestamp, which is negative if the timestamp is still to come.</summary>
    public TimeSpan Since(long timestamp) => new((long)((Timestamp - timestamp) * ((double)TimeSpan.TicksPerSecond / Frequency)));

    /// <summary>Returns the timestamp that is this much later.</summary>
    public long After(TimeSpan span) => Timestamp + (long)(span.TotalSeconds * Frequency);
}
