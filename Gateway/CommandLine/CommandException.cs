namespace Gateway.CommandLine;

/// <summary>A command cannot do what it was asked. The message is the whole sentence for the user.</summary>
internal sealed class CommandException : Exception
{
    /// <param name="message">The sentence.</param>
    /// <param name="exitCode">1 if the command has found something out, 2 if it was not used right.</param>
    public CommandException(string message, int exitCode) : base(message) => ExitCode = exitCode;

    public CommandException(string message) : base(message)
    {
    }

    public CommandException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public CommandException()
    {
    }

    /// <summary>Gets the exit code of the process.</summary>
    public int ExitCode { get; } = ExitCodes.CannotStart;
}
