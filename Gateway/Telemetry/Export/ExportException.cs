namespace Gateway.Telemetry.Export;

/// <summary>A collector did not take metrics. The message says why, as the rest of a sentence that begins with "it".</summary>
internal sealed class ExportException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether another try may help.</summary>
    public bool IsRetryable { get; init; }

    /// <summary>How long the collector wants to be left alone; null if it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
