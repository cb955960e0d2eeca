namespace Gateway.Lab.Reports;

/// <summary>One stage of the way from a SYN in the kernel to an answering function. Times in milliseconds.</summary>
/// <param name="Hook"><c>sock_ops</c>, <c>xdp</c> or <c>kestrel</c>: what saw the SYN, or the ClientHello.</param>
/// <param name="Stage">The stage; docs/benchmarks.md describes them.</param>
/// <param name="N">How many were measured.</param>
/// <param name="Max">The longest.</param>
public sealed record SignalCell(string Hook, string Stage, double P50, double P99, long N, double Max);
