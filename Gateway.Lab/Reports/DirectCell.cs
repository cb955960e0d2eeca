namespace Gateway.Lab.Reports;

/// <summary>How many requests got through one way to a running function.</summary>
/// <param name="Subject"><c>own port</c>, <c>direct</c> or <c>bytes</c>.</param>
/// <param name="Rps">Requests a second, the median of the rounds.</param>
/// <param name="Ratio">Of that to the function's own port, the median of the rounds' ratios.</param>
/// <param name="RatioLow">The lower quartile of these.</param>
/// <param name="RatioHigh">The upper quartile.</param>
/// <param name="GatewayCpu">Processor time of the gateway for a request, in microseconds.</param>
/// <param name="Rounds">How many rounds there were.</param>
public sealed record DirectCell(string Subject, double Rps, double Ratio, double RatioLow, double RatioHigh, double GatewayCpu, int Rounds);
