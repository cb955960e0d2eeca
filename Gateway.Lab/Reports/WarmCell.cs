namespace Gateway.Lab.Reports;

/// <summary>One proxy with one protocol, warm. Times in milliseconds.</summary>
/// <param name="Protocol"><c>HTTP/1.1</c> or <c>HTTP/2</c>, between client and proxy.</param>
/// <param name="Tls">Whether TLS 1.3 was under it.</param>
/// <param name="Subject"><c>gateway</c>, <c>yarp</c> (and nothing else), <c>nginx</c> or <c>haproxy</c>.</param>
/// <param name="Rps">Requests a second on one core, median of the rounds.</param>
/// <param name="P50">Response time at the fixed rate; corrected for coordinated omission, like the next two.</param>
/// <param name="RatioToYarp">Of requests a second, within one round each; median of the rounds.</param>
/// <param name="RatioLow">Quarter of the rounds below.</param>
/// <param name="RatioHigh">Quarter of the rounds above.</param>
/// <param name="CpuPerRequest">Processor time of the proxy, median of the rounds.</param>
/// <param name="CpuShare">Part of its core that the proxy used: 1 means it was the bottleneck.</param>
/// <param name="Allocated">Bytes a request; null for what has no garbage collector.</param>
/// <param name="AddedP50">Median response time one by one, less that of a direct call to the function over HTTP/1.1 without TLS.</param>
/// <param name="Rate">The fixed rate as it came about, requests a second.</param>
/// <param name="Rounds">At full load.</param>
public sealed record WarmCell(
    string Protocol, bool Tls, string Subject, double Rps, double P50, double P99, double RatioToYarp,
    double P999, double RatioLow, double RatioHigh, double CpuPerRequest, double CpuShare, double? Allocated, double AddedP50, double Rate, int Rounds);
