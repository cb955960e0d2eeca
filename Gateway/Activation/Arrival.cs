using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What a held request waited for: the function runs, or why it cannot.</summary>
/// <param name="Failure">Null when it runs; else one sentence for the log, not for clients.</param>
/// <param name="RetryAfter">When it failed: time until the function is tried again.</param>
/// <param name="Cause">When it failed: what clients may be told.</param>
public readonly record struct Arrival(string? Failure, TimeSpan RetryAfter, StartFailureCause Cause = StartFailureCause.Failed)
{
    public static Arrival Running => default;

    public bool IsRunning => Failure is null;
}
