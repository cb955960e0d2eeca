namespace Gateway.Activation.Core;

/// <summary>A point in time of a monotonic clock, with the clock's unit, so that the core can reckon without asking a clock.</summary>
/// <param name="Timestamp">As <see cref="TimeProvider.GetTimestamp"/> tells it.</param>
/// <param name="Frequency">Timestamps a second (<see cref="TimeProvider.TimestampFrequency"/>).</param>
internal readonly record struct Moment(long Timestamp, long Frequency)
{
    /// <summary>The time that has passed since a timestamp; negative if that is still to come.</summary>
    public TimeSpan Since(long timestamp) => new((long)((Timestamp - timestamp) * ((double)TimeSpan.TicksPerSecond / Frequency)));

    /// <summary>The timestamp that is so much later.</summary>
    public long After(TimeSpan span) => Timestamp + (long)(span.TotalSeconds * Frequency);
}
