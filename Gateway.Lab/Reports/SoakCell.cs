namespace Gateway.Lab.Reports;

/// <summary>What was sent in one way during a soak, and what became of it.</summary>
/// <param name="Kind">How it was sent: over which protocol and connection.</param>
/// <param name="Sent">How many were begun.</param>
/// <param name="Answered">How many got the whole answer that the function gives.</param>
/// <param name="Broken">How many were in flight while a fault ended their function's program, and got an error for that.</param>
/// <param name="Lost">How many got no answer, or a wrong one, with no such fault.</param>
/// <param name="P50">Milliseconds until the whole answer.</param>
/// <param name="P99">The same.</param>
public sealed record SoakCell(string Kind, long Sent, long Answered, long Broken, long Lost, double P50, double P99);

/// <summary>What the gateway's process holds. What grows on its way to a working size does so before the half; what leaks does so after it too.</summary>
/// <param name="What">What is counted.</param>
/// <param name="Before">How much there was a tenth into the soak, with everything at rest.</param>
/// <param name="Half">How much there was in the middle.</param>
/// <param name="After">How much there was at the end, with everything at rest.</param>
public sealed record SoakGrowth(string What, double Before, double Half, double After);
