namespace Gateway.Configuration;

/// <summary>One mistake in what the user wrote.</summary>
/// <param name="Path">The full path of the key, such as <c>Gateway:Functions:hello:Port</c>, or <c>file.json:line</c>.</param>
/// <param name="Message">One sentence that says what is wrong and what to do about it.</param>
/// <param name="Source">The source that holds the key: a file's name, <c>The environment</c> or <c>The command line</c>.</param>
internal sealed record ConfigurationError(string Path, string Message, string Source = ConfigurationError.AnySource)
{
    /// <summary>The source of a mistake whose source is not known, or in which several sources have a part.</summary>
    public const string AnySource = "The configuration";

    /// <summary>What the source of a container's labels begins with. The container's name follows.</summary>
    public const string LabelSource = "Labels of container ";

    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>Says that the configuration cannot be used. It holds all mistakes, not only the first.</summary>
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

    /// <summary>The mistakes, in the order in which the sections were read.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = [];
}
