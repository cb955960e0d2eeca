using Gateway.Configuration.Proxy;

namespace Gateway.Configuration;

/// <summary>Collects what the readers of one pass find, and holds what they need.</summary>
/// <param name="runtimes">The runtimes that functions can run on, in the order in which messages name them.</param>
/// <param name="machine">The machine that the configuration is for, or null to judge the text alone.</param>
internal sealed class ReadContext(IReadOnlyList<IRunReader> runtimes, Machine? machine = null)
{
    public IReadOnlyList<IRunReader> Runtimes { get; } = runtimes;

    public Machine? Machine { get; } = machine;

    public List<ConfigurationError> Errors { get; } = [];

    public List<ConfigurationError> Warnings { get; } = [];

    /// <summary>The policies that routes and functions name, which are looked up at the end of the pass.</summary>
    public List<PolicyReference> References { get; } = [];

    /// <summary>The policies that exist.</summary>
    public RoutePolicies Policies { get; } = new();

    public void Error(string path, string source, string message) => Errors.Add(Make(path, source, message));

    public void Warn(string path, string source, string message) => Warnings.Add(Make(path, source, message));

    /// <summary>Returns a value as messages show it: in quotes, and cut to 60 characters so that a mistake fits on its line.</summary>
    public static string Quote(string value) => value.Length <= 60 ? $"'{value}'" : $"'{value[..57]}...'";

    // Keys and values come from files and the environment. Without this a line break in one of them could begin a forged message.
    private static ConfigurationError Make(string path, string source, string message) =>
        new(OneLine(path), OneLine(message), source);

    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
