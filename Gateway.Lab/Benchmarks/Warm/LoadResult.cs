namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>What a load generator counted.</summary>
/// <param name="Requests">Answered with 2xx; there were no others.</param>
/// <param name="Seconds">It took.</param>
internal sealed record LoadResult(long Requests, double Seconds)
{
    public double PerSecond => Requests / Seconds;
}
