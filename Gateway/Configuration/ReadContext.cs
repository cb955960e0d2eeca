using Gateway.Configuration.Proxy;

namespace Gateway.Configuration;

/// <summary>Where all readers of one pass put what they find.</summary>
/// <param name="runtimes">What functions can run on, in the order in which they are named to users.</param>
/// <param name="machine">What to ask of the machine; null: nothing, the text alone is judged.</param>
internal sealed class ReadContext(IReadOnlyList<IRunReader> runtimes, Machine? machine = null)
{
    public IReadOnlyList<IRunReader> Runtimes { get; } = runtimes;

    public Machine? Machine { get; } = machine;

    public List<ConfigurationError> Errors { get; } = [];

    public List<ConfigurationError> Warnings { get; } = [];

    /// <summary>The policies that routes and functions name.</summary>
    public List<PolicyReference> References { get; } = [];

    /// <summary>The policies that there are.</summary>
    public RoutePolicies Policies { get; } = new();

    public void Error(string path, string source, string message) => Errors.Add(Make(path, source, message));

    public void Warn(string path, string source, string message) => Warnings.Add(Make(path, source, message));

    /// <summary>A value as shown in a message: quoted and cut, so that a mistake fits its line.</summary>
    public static string Quote(string value) => value.Length <= 60 ? $"'{value}'" : $"'{value[..57]}...'";

    // Keys and values come from files and the environment: no line break of theirs may look like a message of ours.
    private static ConfigurationError Make(string path, string source, string message) =>
        new(OneLine(path), OneLine(message), source);

    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
