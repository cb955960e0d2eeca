namespace Gateway.Lab.Reports;

/// <summary>What one way to a running function gets through. A ratio is the median of the rounds' ratios, in each of which all ways had their turn.</summary>
/// <param name="Subject"><c>own port</c>, <c>direct</c>, <c>bridge, container dialled</c>, <c>bridge, direct</c>, <c>bytes</c>, <c>nginx</c>, <c>haproxy</c>, <c>nginx tcp</c> or <c>haproxy tcp</c>.</param>
/// <param name="Rps">Requests a second, the median of the rounds.</param>
/// <param name="Ratio">Of that to the function's own port.</param>
/// <param name="RatioLow">The lower quartile of these.</param>
/// <param name="RatioHigh">The upper quartile.</param>
/// <param name="DirectRatio">Of direct's requests a second to this way's.</param>
/// <param name="P99">The response time of 99 of 100 requests meanwhile, in milliseconds.</param>
/// <param name="P99Ratio">Of that to the function's own port.</param>
/// <param name="Cpu">Processor time for a request, in microseconds, the mean of the rounds: of nginx or haproxy on their ways, of the gateway on all others.</param>
/// <param name="Bulk">Megabytes (10^6 bytes) a second of one large answer.</param>
/// <param name="BulkRatio">Of that to the function's own port.</param>
/// <param name="BulkLow">The lower quartile of these.</param>
/// <param name="BulkHigh">The upper quartile.</param>
/// <param name="Rounds">How many rounds there were.</param>
public sealed record DirectCell(
    string Subject, double Rps, double Ratio, double RatioLow, double RatioHigh, double DirectRatio, double P99, double P99Ratio, double Cpu, double Bulk, double BulkRatio, double BulkLow, double BulkHigh, int Rounds);
