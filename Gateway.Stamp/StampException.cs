namespace Gateway.Stamp;

/// <summary>The program cannot go on. The message is one sentence for the user. The exit codes are those of env(1) and timeout(1).</summary>
internal sealed class StampException(string message, int exitCode = StampException.Failed) : Exception(message)
{
    /// <summary>headstart-stamp itself failed, or its arguments are wrong.</summary>
    public const int Failed = 125;

    /// <summary>The command cannot be executed.</summary>
    public const int CannotExecute = 126;

    /// <summary>The command does not exist.</summary>
    public const int NotFound = 127;

    /// <summary>The exit code of the program.</summary>
    public int ExitCode { get; } = exitCode;
}
