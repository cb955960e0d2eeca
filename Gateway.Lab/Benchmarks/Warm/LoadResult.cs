namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>What a load generator counted.</summary>
/// <param name="Requests">The number of requests, which were all answered with 2xx.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record LoadResult(long Requests, double Seconds)
{
    public double PerSecond => Requests / Seconds;
}
