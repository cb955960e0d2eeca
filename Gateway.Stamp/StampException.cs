namespace Gateway.Stamp;

/// <summary>It cannot go on; the message is one sentence for the user. Exit codes are those of env(1) and timeout(1).</summary>
internal sealed class StampException(string message, int exitCode = StampException.Failed) : Exception(message)
{
    /// <summary>Something of its own, a wrong argument included.</summary>
    public const int Failed = 125;

    public const int CannotExecute = 126;
    public const int NotFound = 127;

    public int ExitCode { get; } = exitCode;
}
