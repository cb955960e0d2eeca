using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What a held request waited for: the function runs, or why it cannot.</summary>
/// <param name="Failure">Null when the function runs; else why it does not, in one sentence for the log, not for clients.</param>
/// <param name="RetryAfter">The time until the function is tried again, when its start failed.</param>
/// <param name="Cause">What clients may be told, when its start failed.</param>
internal readonly record struct Arrival(string? Failure, TimeSpan RetryAfter, StartFailureCause Cause = StartFailureCause.Failed)
{
    public static Arrival Running => default;

    public bool IsRunning => Failure is null;
}
