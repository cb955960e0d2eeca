namespace Gateway;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>SIGTERM or Ctrl-C, and all was drained.</summary>
    public const int Done = 0;

    /// <summary>What the user wrote, or what the machine has, does not let it start; standard error says why.</summary>
    public const int CannotStart = 2;
}

/// <summary>The gateway cannot start; the message is the whole sentence for the user.</summary>
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
