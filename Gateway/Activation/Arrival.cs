namespace Gateway.Activation;

/// <summary>What a held request waited for: the function runs, or why it cannot.</summary>
/// <param name="Failure">Null when it runs; else one sentence for the log, not for clients.</param>
/// <param name="RetryAfter">When it failed: time until the function is tried again.</param>
public readonly record struct Arrival(string? Failure, TimeSpan RetryAfter)
{
    public static Arrival Running => default;

    public bool IsRunning => Failure is null;
}
