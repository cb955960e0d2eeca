namespace Gateway.Configuration;

/// <summary>One mistake in what the user wrote.</summary>
/// <param name="Path">Where: the key's full path, such as <c>Gateway:Functions:hello:Port</c>, or <c>file.json:line</c>.</param>
/// <param name="Message">One sentence: what is wrong and what to do.</param>
/// <param name="Source">Who wrote it: a file's name, <c>The environment</c>, <c>The command line</c>.</param>
internal sealed record ConfigurationError(string Path, string Message, string Source = ConfigurationError.AnySource)
{
    /// <summary>The source when none can be told, or more than one has a part in it.</summary>
    public const string AnySource = "The configuration";

    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>What the user wrote cannot be used. Holds every mistake, none hidden by another.</summary>
internal sealed class ConfigurationException : Exception
{
    public ConfigurationException(IReadOnlyList<ConfigurationError> errors)
        : base(StartupErrors.Describe(errors)) => Errors = errors;

    public ConfigurationException(IReadOnlyList<ConfigurationError> errors, Exception innerException)
        : base(StartupErrors.Describe(errors), innerException) => Errors = errors;

    public ConfigurationException(string message) : base(message)
    {
    }

    public ConfigurationException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public ConfigurationException()
    {
    }

    /// <summary>In the order in which the sections are read.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = [];
}
