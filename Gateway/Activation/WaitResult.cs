using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>The result of waiting for a function: it runs, or the reason why it does not.</summary>
/// <param name="Failure">Null if the function runs, else the reason in one sentence, for the log and not for clients.</param>
/// <param name="RetryAfter">The time until the function is tried again, if its start failed.</param>
/// <param name="Cause">What clients may be told, if the start failed.</param>
internal readonly record struct WaitResult(string? Failure, TimeSpan RetryAfter, StartFailureCause Cause = StartFailureCause.Failed)
{
    /// <summary>Gets the result of a function that runs.</summary>
    public static WaitResult Running => default;

    /// <summary>Gets the result of a function that is no longer configured, or whose gateway ends.</summary>
    public static WaitResult Removed => new("The function was removed from the configuration.", TimeSpan.Zero);

    /// <summary>Returns the result of a function that may not run now, by its schedule.</summary>
    /// <param name="reason">The reason in one sentence.</param>
    /// <param name="left">The time until it may.</param>
    public static WaitResult Shut(string reason, TimeSpan left) => new(reason, left, StartFailureCause.Shut);

    /// <summary>Gets whether the function runs.</summary>
    public bool IsRunning => Failure is null;
}
