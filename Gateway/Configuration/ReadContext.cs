using Gateway.Configuration.Pages;
using Gateway.Configuration.Proxy;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Collects what the readers of one pass find, and holds what they need.</summary>
/// <param name="runtimes">The runtimes that functions can run on, in the order in which messages name them.</param>
/// <param name="machine">The machine that the configuration is for, or null to judge the text alone.</param>
internal sealed class ReadContext(IReadOnlyList<IRunReader> runtimes, Machine? machine = null)
{
    public IReadOnlyList<IRunReader> Runtimes { get; } = runtimes;

    public Machine? Machine { get; } = machine;

    /// <summary>Takes what the readers ask for, or null if nobody wants to know.</summary>
    public KeyLog? Keys { get; init; }

    public List<ConfigurationError> Errors { get; } = [];

    public List<ConfigurationError> Warnings { get; } = [];

    /// <summary>The policies that routes and functions name, which are looked up at the end of the pass.</summary>
    public List<PolicyReference> References { get; } = [];

    /// <summary>The policies that exist.</summary>
    public RoutePolicies Policies { get; } = new();

    /// <summary>The themes that were read in this pass, by their paths as they are written.</summary>
    public Dictionary<string, ThemeRead> Themes { get; } = new(StringComparer.Ordinal);

    public void Error(string path, string source, string message) => Errors.Add(Make(path, source, message));

    public void Warn(string path, string source, string message) => Warnings.Add(Make(path, source, message));

    /// <summary>Returns a value as messages show it: in quotes, and cut to 60 characters so that a mistake fits on its line.</summary>
    public static string Quote(string value) => $"'{Short(value)}'";

    /// <summary>Cuts a text that somebody else has written, so that no message gets long by it.</summary>
    public static string Short(string value) => value.Length <= 60 ? value : $"{value[..57]}...";

    private static ConfigurationError Make(string path, string source, string message) =>
        new(OneLine(path), OneLine(message), source);

    /// <summary>Returns a text without control characters. Keys and values come from files, labels and the environment, and a line break in one of them could begin a forged message.</summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
