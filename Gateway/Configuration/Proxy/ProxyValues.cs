using System.Text;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads values that only YARP's section has, with the bounds of the code that uses them.</summary>
internal static class ProxyValues
{
    /// <summary>The longest timeout. YARP counts its milliseconds in an int, which is enough for 24.8 days.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Returns a time that a timer can wait for, or null if it is left out or wrong.</summary>
    public static TimeSpan? Timer(this SectionReader section, string key) => section.Duration(key, Shortest, LongestTimer);

    /// <summary>Returns the name of a policy of YARP, or null if it is left out, empty or wrong.</summary>
    public static string? Policy(this SectionReader section, string key, IReadOnlyList<string> names) =>
        section.WordOrEmpty(key, names);

    /// <summary>Returns the name of a character encoding, or null if it is left out or wrong.</summary>
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

    /// <summary>Returns an absolute address with one of the schemes, or null if it is left out or wrong.</summary>
    public static Uri? Address(this SectionReader section, string key, AddressKind kind)
    {
        var (example, schemes) = (kind.Example, kind.Schemes);
        if (section.Text(key, kind.Written) is not { } text)
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

    /// <summary>Returns the texts of an object by name, or null if there are none. As in YARP, names are compared ignoring case.</summary>
    public static IReadOnlyDictionary<string, string>? Metadata(this SectionReader section, string key)
    {
        var map = section.Map(key);
        return map.Count == 0 ? null : new Dictionary<string, string>(map, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Returns the texts of a list. As in YARP, it is null if there are none.</summary>
    public static IReadOnlyList<string>? Texts(this SectionReader section, string key)
    {
        var items = section.List(key);
        return items.Count == 0 ? null : [.. items.Select(item => item.Value)];
    }
}

/// <summary>A kind of absolute address.</summary>
/// <param name="example">One without its scheme, for messages.</param>
/// <param name="schemes">The schemes that it may have.</param>
internal sealed class AddressKind(string example, params string[] schemes)
{
    public string Example { get; } = example;

    public IReadOnlyList<string> Schemes { get; } = schemes;

    /// <summary>What such an address looks like.</summary>
    public TextFormat Written { get; } = new($@"^\s*{TextFormat.Scheme(schemes)}.+$", $"{schemes[0]}://{example}");
}
