namespace Gateway.Lab.Linking;

/// <summary>What a link did since it was ready.</summary>
public sealed record LinkStatistics(DirectionStatistics ToServer, DirectionStatistics ToClient)
{
    /// <summary>Whether a measurement over it may be believed: no frame was lost, none came more than a millisecond late.</summary>
    public bool IsUndisturbed => ToServer is { Dropped: 0, Late: 0 } && ToClient is { Dropped: 0, Late: 0 };
}

/// <summary>One direction's frames.</summary>
/// <param name="Passed">Written to the other end.</param>
/// <param name="Dropped">Lost: the queue was full, or the other end down.</param>
/// <param name="InFlight">Under way.</param>
/// <param name="Late">Written more than 1 ms after they were due: the machine was busy, or its host was.</param>
/// <param name="LongestLateness">How late the latest one was.</param>
public sealed record DirectionStatistics(long Passed, long Dropped, long InFlight, long Late, TimeSpan LongestLateness);
