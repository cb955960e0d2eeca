namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>What one way did in one round.</summary>
/// <param name="Rps">Requests a second.</param>
/// <param name="P99">Of their response times, in milliseconds.</param>
/// <param name="Cpu">Processor time of what is in between for a request, in microseconds.</param>
/// <param name="Bulk">Megabytes a second of one large answer.</param>
internal sealed record DirectSample(double Rps, double P99, double Cpu, double Bulk);
