using System.Globalization;
using System.Security.Authentication;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>The part that reads lists, and objects whose keys are names that the user chooses.</summary>
internal sealed partial class SectionReader
{
    /// <summary>The names of <see cref="SslProtocols"/> that Linux has. None leaves the choice to the system.</summary>
    private static readonly string[] Tls = ["None", "Tls", "Tls11", "Tls12", "Tls13"];

    /// <summary>Returns the members of an object whose keys are names that the user chooses.</summary>
    /// <param name="key">The key of the object.</param>
    /// <param name="names">What is known of the names that the caller accepts, which judges them itself.</param>
    public IReadOnlyCollection<ConfigurationNode> Named(string key, TextFormat? names = null)
    {
        _log?.Asked(key, new NamedForm(names));
        return Members(key);
    }

    /// <summary>Returns the members of an object as texts by name. Names differ by case.</summary>
    /// <param name="key">The key of the object.</param>
    /// <param name="names">What is known of the names that the caller accepts, which judges them itself.</param>
    public IReadOnlyDictionary<string, string> Map(string key, TextFormat? names = null)
    {
        _log?.Asked(key, new TextsByNameForm(names));
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var child in Members(key))
        {
            if (child.HasChildren)
            {
                _context.Error(ConfigurationPath.Combine(PathOf(key), child.Name), child.Source, "expected a text, found an object or a list.");
            }
            else if (child.Value is { } value)
            {
                map[child.Name] = value;
            }
        }

        return map;
    }

    /// <summary>Returns the items of a list of objects, each as a section of its own.</summary>
    public IReadOnlyList<SectionReader> Objects(string key)
    {
        _log?.Asked(key, new ListForm(Text: null, HasObjects: true));
        return [.. ItemNodes(key).Select(child => new SectionReader(child, ConfigurationPath.Combine(PathOf(key), child.Name), child.Source, _context))];
    }

    /// <summary>Returns the versions of TLS in a list, or null if it is left out or none of them is right.</summary>
    public SslProtocols? TlsVersions(string key)
    {
        SslProtocols? all = null;
        foreach (var item in List(key, Tls))
        {
            if (Array.Find(Tls, name => name.Equals(item.Value, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                all = (all ?? SslProtocols.None) | Enum.Parse<SslProtocols>(known);
            }
            else
            {
                Error(item, $"{ReadContext.Quote(item.Value)} is not one of {string.Join(", ", Tls)}{(Suggestion.For(item.Value, Tls) is { } near ? $"; did you mean '{near}'?" : ".")}");
            }
        }

        return all;
    }

    /// <summary>Returns the items of a list of texts, each with its path and source.</summary>
    /// <param name="key">The key of the list.</param>
    /// <param name="format">What is known of the texts that the caller accepts, which judges them itself.</param>
    public IReadOnlyList<ListItem> List(string key, TextFormat? format = null)
    {
        _log?.Asked(key, new ListForm(new TextForm(format), HasObjects: false));
        return TextItems(key);
    }

    /// <summary>Returns the items of a list of texts that are some words, which the caller compares.</summary>
    public IReadOnlyList<ListItem> List(string key, IReadOnlyList<string> words)
    {
        _log?.Asked(key, new ListForm(new WordForm(words), HasObjects: false));
        return TextItems(key);
    }

    private List<ListItem> TextItems(string key)
    {
        var items = new List<ListItem>();
        foreach (var child in ItemNodes(key))
        {
            var path = ConfigurationPath.Combine(PathOf(key), child.Name);
            if (child.HasChildren || child.Value is null)
            {
                _context.Error(path, child.Source, $"expected a text, found {(child.HasChildren ? "an object or a list" : "null")}.");
                continue;
            }

            items.Add(new ListItem(child.Value, path, child.Source));
        }

        return items;
    }

    /// <summary>Returns the items of a list that may be texts or objects, each as a section. A text is the value of the section's node.</summary>
    /// <param name="key">The key of the list.</param>
    /// <param name="format">What is known of the texts that the caller accepts, which judges them itself.</param>
    public IReadOnlyList<SectionReader> Items(string key, TextFormat format)
    {
        _log?.Asked(key, new ListForm(new TextForm(format), HasObjects: true));
        return [.. ItemNodes(key).Select(child => new SectionReader(child, ConfigurationPath.Combine(PathOf(key), child.Name), _context))];
    }

    private IReadOnlyCollection<ConfigurationNode> Members(string key)
    {
        var section = new SectionReader(Ask(key), PathOf(key), Source, _context);
        if (section.Node is not { HasChildren: true } node)
        {
            return [];
        }

        if (IsList(node))
        {
            section.Error("expected an object { \"name\": ... }, found a list [ ... ].");
            return [];
        }

        return node.Children;
    }

    private IEnumerable<ConfigurationNode> ItemNodes(string key)
    {
        var node = Ask(key);
        if (node is { Value: { Length: > 0 } texts, HasChildren: false } && node.Source.StartsWith(ConfigurationError.LabelSource, StringComparison.Ordinal))
        {
            return Separated(texts, node.Source);
        }

        if (node is { Value: { Length: > 0 } value })
        {
            Error(key, $"expected a list [ ... ], found {ReadContext.Quote(value)}.");
        }

        if (node is not { HasChildren: true })
        {
            return [];
        }

        // Environment variables may leave gaps between the numbers. Like the framework's binder this takes the items in their order.
        if (node.Children.Any(child => Index(child) is null))
        {
            Error(key, "expected a list [ ... ], found an object.");
            return [];
        }

        return node.Children.OrderBy(Index);
    }

    // A label is one text, so its list has commas.
    private static List<ConfigurationNode> Separated(string texts, string source)
    {
        List<ConfigurationNode> items = [];
        foreach (var text in texts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var item = new ConfigurationNode(items.Count.ToString(CultureInfo.InvariantCulture), source);
            item.Set(text, source);
            items.Add(item);
        }

        return items;
    }

    /// <summary>Tells whether the keys are 0, 1, 2 and so on, which is what a JSON list becomes.</summary>
    private static bool IsList(ConfigurationNode node) =>
        Enumerable.Range(0, node.Children.Count).All(index => node.Find(index.ToString(CultureInfo.InvariantCulture)) is not null);

    private static int? Index(ConfigurationNode node) =>
        int.TryParse(node.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}

/// <summary>One text of a list, with the full path and the source of its key.</summary>
internal readonly record struct ListItem(string Value, string Path, string Source);
