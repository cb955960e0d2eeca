namespace Gateway.Lab.Reports;

/// <summary>A function that depends on another one, which depends on a third.</summary>
/// <param name="Boot">The milliseconds that each of the three programs takes until it listens.</param>
/// <param name="WokenBy">What wakes the chain: <c>Syn</c> or <c>Request</c>.</param>
/// <param name="Warm">The median of the milliseconds to the first byte of a request on a new connection to the chain when all three run.</param>
/// <param name="Cold">The median of the same when none of the three runs.</param>
/// <param name="Worst">The longest of these.</param>
/// <param name="Sum">The median of the sum of what the three starts take by themselves, from the call of each one's runtime to its answer.</param>
/// <param name="Ready">The median of the milliseconds from the signal to the answer of the last of the three.</param>
public sealed record ChainCell(int Boot, string WokenBy, double Warm, double Cold, double Worst, double Sum, double Ready);
