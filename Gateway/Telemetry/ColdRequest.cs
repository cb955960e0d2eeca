namespace Gateway.Telemetry;

/// <summary>What a cold start was for one request that met it.</summary>
/// <param name="Start">The cold start.</param>
/// <param name="Arrived">When the request reached the hold, by <see cref="TimeProvider.GetTimestamp"/>.</param>
internal sealed record ColdRequest(ColdStart Start, long Arrived)
{
    /// <summary>The time that the request waited for the function, which is ready.</summary>
    public TimeSpan Waited => TimeSpan.FromTicks(Math.Max(0, (Start.Ready - Arrived) / 100));
}
