using System.Text;

namespace Gateway.Configuration.Proxy;

/// <summary>Values that YARP's section has and ours has not, with the bounds that the code behind them has.</summary>
internal static class ProxyValues
{
    /// <summary>YARP counts a timeout's milliseconds in an int: 24.8 days.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>A time that a timer can wait for.</summary>
    public static TimeSpan? Timer(this SectionReader section, string key) => section.Duration(key, Shortest, LongestTimer);

    /// <summary>A policy of YARP's; null when left out, empty or wrong.</summary>
    public static string? Policy(this SectionReader section, string key, IReadOnlyList<string> names) =>
        section.Text(key) is { Length: > 0 } ? section.Word(key, names) : null;

    /// <summary>The name of a character encoding.</summary>
    public static string? CharacterEncoding(this SectionReader section, string key)
    {
        var name = section.Text(key);
        if (name is null)
        {
            return null;
        }

        try
        {
            return Encoding.GetEncoding(name).WebName is not null ? name : null;
        }
        catch (ArgumentException)
        {
            section.Error(key, $"{ReadContext.Quote(name)} is not a character encoding; write e.g. \"latin1\" or \"utf-8\".");
            return null;
        }
    }

    /// <summary>An absolute address with one of the schemes.</summary>
    public static Uri? Address(this SectionReader section, string key, string example, params string[] schemes)
    {
        if (section.Text(key) is not { } text)
        {
            return null;
        }

        if (!text.Contains("://", StringComparison.Ordinal))
        {
            section.Error(key, $"{ReadContext.Quote(text)} has no scheme; write e.g. \"{schemes[0]}://{(text.Length == 0 ? example : text)}\".");
        }
        else if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || !schemes.Contains(uri.Scheme, StringComparer.Ordinal))
        {
            section.Error(key, $"{ReadContext.Quote(text)} is not an address of {string.Join(", ", schemes)}; write e.g. \"{schemes[0]}://{example}\".");
        }
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            section.Error(key, $"{ReadContext.Quote(text)} has a query or a fragment, to which no path can be added; remove it.");
        }
        else
        {
            return uri;
        }

        return null;
    }

    /// <summary>What the user says about the thing; as YARP has it, names compare ignoring case.</summary>
    public static IReadOnlyDictionary<string, string>? Metadata(this SectionReader section, string key)
    {
        var map = section.Map(key);
        return map.Count == 0 ? null : new Dictionary<string, string>(map, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Texts; null when there are none, as YARP has it.</summary>
    public static IReadOnlyList<string>? Texts(this SectionReader section, string key)
    {
        var items = section.List(key);
        return items.Count == 0 ? null : [.. items.Select(item => item.Value)];
    }
}
