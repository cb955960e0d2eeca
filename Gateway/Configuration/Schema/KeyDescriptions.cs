using System.Text.RegularExpressions;

namespace Gateway.Configuration.Schema;

/// <summary>
/// Describes keys by the tables of docs/configuration.md and docs/policies.md, which are embedded in the gateway, so that a key is described once.
/// A table of keys has a header that begins with <c>key</c>. Each of its rows has the keys, their defaults where there is a third column, and what they do.
/// </summary>
internal sealed partial class KeyDescriptions
{
    private const string Gateway = "Gateway";
    private const string OnARoute = "on a route";

    private readonly List<KeyDescription> _all = [];

    private KeyDescriptions()
    {
    }

    /// <summary>All rows, in the order of the pages.</summary>
    public IReadOnlyList<KeyDescription> All => _all;

    /// <summary>Reads the pages that are embedded.</summary>
    public static KeyDescriptions Read()
    {
        var all = new KeyDescriptions();
        all.Gather(Lines("configuration.md"), isOurs: true);
        all.Gather(Lines("policies.md"), isOurs: false);
        return all;
    }

    /// <summary>Returns what is known of a key, or null.</summary>
    /// <param name="path">The key's path, with <see cref="SchemaWriter.AnySegment"/> for names and indices.</param>
    public KeyDescription? Find(string path) => _all.Find(description => description.Describes(path));

    private static IEnumerable<string> Lines(string page)
    {
        using var reader = new StreamReader(typeof(KeyDescriptions).Assembly.GetManifestResourceStream($"Gateway.Docs.{page}")!);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Reads the tables of one page.</summary>
    /// <param name="lines">The lines of the page.</param>
    /// <param name="isOurs">Whether its keys are those of <c>Gateway</c>; else they are those of the sections that the headings name.</param>
    private void Gather(IEnumerable<string> lines, bool isOurs)
    {
        var (heading, prefix, header) = ("", $"{Gateway}:", (string[]?)null);
        foreach (var line in lines)
        {
            if (line.StartsWith('#'))
            {
                heading = NotLetters().Replace(line, "");
            }
            else if (MapOfNames().Match(line) is { Success: true } map)
            {
                prefix = $"{Gateway}:{map.Groups["key"].Value}:{SchemaWriter.AnySegment}:";
            }

            if (!line.StartsWith('|'))
            {
                header = null;
                continue;
            }

            var cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (header is null)
            {
                header = cells;
            }
            else if (!cells[0].StartsWith("---", StringComparison.Ordinal) && (header[0].StartsWith("key", StringComparison.Ordinal) || header[0] == OnARoute))
            {
                Row(cells, isOurs ? prefix : "", header[0] == OnARoute ? "ReverseProxy Gateway" : isOurs ? Gateway : heading);
            }
        }
    }

    private void Row(string[] cells, string prefix, string sections)
    {
        string[] keys = [.. Word().Matches(cells[0]).Select(match => match.Groups["word"].Value)];
        var text = cells[^1];
        if (cells.Length == 2 && sections.StartsWith("ReverseProxy", StringComparison.Ordinal))
        {
            // What else the cell names is another way to say the same.
            (keys, text) = (keys[..1], text.Length == 0 ? "the name of a policy" : $"the name of a policy, or one of {text}");
        }

        var defaults = cells.Length > 2 ? cells[1] : "";
        var each = defaults.Split(", ");
        // Several keys have a default each, or one together, which may have commas: "this, else that".
        var areApart = each.Length == keys.Length && !Array.Exists(each, one => one.StartsWith("else ", StringComparison.Ordinal));
        for (var i = 0; i < keys.Length; i++)
        {
            _all.Add(new KeyDescription(prefix + keys[i], sections, Elsewhere().Replace(text, ""), Elsewhere().Replace(areApart ? each[i] : defaults, "")));
        }
    }

    [GeneratedRegex("`(?<word>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex("`(?<key>[A-Za-z]+):<name>`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MapOfNames();

    // A table says "below" or "above" where the page goes on.
    [GeneratedRegex("[;:,] (?:below|above)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Elsewhere();

    [GeneratedRegex("[^A-Za-z]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotLetters();
}
