namespace Gateway;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCodes
{
    /// <summary>The gateway was ended by SIGTERM or Ctrl-C, and all requests were drained.</summary>
    public const int Done = 0;

    /// <summary>A command has found something: no gateway answers, a function did not start, or something costs.</summary>
    public const int Found = 1;

    /// <summary>The gateway cannot start because of the configuration or the machine, or a command was not used right. Standard error says why.</summary>
    public const int CannotStart = 2;
}

/// <summary>The gateway cannot start. The message is the whole sentence for the user.</summary>
internal sealed class StartException : Exception
{
    public StartException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public StartException(string message) : base(message)
    {
    }

    public StartException()
    {
    }
}
