using System.Globalization;
using System.Security.Authentication;

namespace Gateway.Configuration;

/// <summary>The part that reads lists, and objects whose keys are names that the user chooses.</summary>
internal sealed partial class SectionReader
{
    /// <summary>The names of <see cref="SslProtocols"/> that Linux has. None leaves the choice to the system.</summary>
    private static readonly string[] Tls = ["None", "Tls", "Tls11", "Tls12", "Tls13"];

    /// <summary>Returns the members of an object whose keys are names that the user chooses.</summary>
    public IReadOnlyCollection<ConfigurationNode> Named(string key)
    {
        var section = Section(key);
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

    /// <summary>Returns the members of an object as texts by name. Names differ by case.</summary>
    public IReadOnlyDictionary<string, string> Map(string key)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var child in Named(key))
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
    public IReadOnlyList<SectionReader> Objects(string key) =>
        [.. ItemNodes(key).Select(child => new SectionReader(child, ConfigurationPath.Combine(PathOf(key), child.Name), child.Source, _context))];

    /// <summary>Returns the versions of TLS in a list, or null if it is left out or none of them is right.</summary>
    public SslProtocols? TlsVersions(string key)
    {
        SslProtocols? all = null;
        foreach (var item in List(key))
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
    public IReadOnlyList<ListItem> List(string key)
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
    public IReadOnlyList<SectionReader> Items(string key) =>
        [.. ItemNodes(key).Select(child => new SectionReader(child, ConfigurationPath.Combine(PathOf(key), child.Name), _context))];

    private IEnumerable<ConfigurationNode> ItemNodes(string key)
    {
        var node = Ask(key);
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

    /// <summary>Tells whether the keys are 0, 1, 2 and so on, which is what a JSON list becomes.</summary>
    private static bool IsList(ConfigurationNode node) =>
        Enumerable.Range(0, node.Children.Count).All(index => node.Find(index.ToString(CultureInfo.InvariantCulture)) is not null);

    private static int? Index(ConfigurationNode node) =>
        int.TryParse(node.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}

/// <summary>One text of a list, with the full path and the source of its key.</summary>
internal readonly record struct ListItem(string Value, string Path, string Source);
