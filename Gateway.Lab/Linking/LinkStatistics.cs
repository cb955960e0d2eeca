namespace Gateway.Lab.Linking;

/// <summary>What a link did since it was made.</summary>
public sealed record LinkStatistics(DirectionStatistics ToServer, DirectionStatistics ToClient);

/// <summary>One direction's frames: written to the other end, lost (queue full, or the other end down), under way.</summary>
public sealed record DirectionStatistics(long Passed, long Dropped, long InFlight);
