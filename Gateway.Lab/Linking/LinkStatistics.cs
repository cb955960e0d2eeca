namespace Gateway.Lab.Linking;

/// <summary>What a link did since it was ready.</summary>
public sealed record LinkStatistics(DirectionStatistics ToServer, DirectionStatistics ToClient)
{
    /// <summary>Whether a measurement over the link can be trusted: no frame was lost, and none was more than a millisecond late.</summary>
    public bool IsUndisturbed => ToServer is { Dropped: 0, Late: 0 } && ToClient is { Dropped: 0, Late: 0 };
}

/// <summary>The frames of one direction.</summary>
/// <param name="Passed">How many were written to the other end.</param>
/// <param name="Dropped">How many were lost, because the queue was full or the other end down.</param>
/// <param name="InFlight">How many are under way.</param>
/// <param name="Late">How many were written more than 1 ms after they were due, because the machine or its host was busy.</param>
/// <param name="LongestLateness">How late the latest one was.</param>
public sealed record DirectionStatistics(long Passed, long Dropped, long InFlight, long Late, TimeSpan LongestLateness);
