using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What a held request waited for: the function runs, or why it cannot.</summary>
/// <param name="Failure">Null when the function runs; else why it does not, in one sentence for the log, not for clients.</param>
/// <param name="RetryAfter">The time until the function is tried again, when its start failed.</param>
/// <param name="Cause">What clients may be told, when its start failed.</param>
internal readonly record struct WaitResult(string? Failure, TimeSpan RetryAfter, StartFailureCause Cause = StartFailureCause.Failed)
{
    /// <summary>The function runs.</summary>
    public static WaitResult Running => default;

    /// <summary>There is no such function any more.</summary>
    public static WaitResult Removed => new("The function was removed from the configuration.", TimeSpan.Zero);

    /// <summary>Whether the function runs.</summary>
    public bool IsRunning => Failure is null;
}
