namespace Gateway.Configuration;

/// <summary>
/// Reads one object of the configuration, key by key. Knows which keys it was asked for, so <see cref="End"/> can name
/// the others. A wrong value is noted as an error and read as left out. <c>null</c> is left out too, but for
/// an object an empty one.
/// </summary>
internal sealed partial class SectionReader
{
    private readonly ReadContext _context;
    private readonly List<string> _asked = [];
    private readonly List<string> _refused = [];

    public SectionReader(ConfigurationNode? node, string path, string source, ReadContext context)
    {
        (Node, Path, Source, _context) = (node, path, node?.Source ?? source, context);
        if (node is { Value: { Length: > 0 } value })
        {
            Error($"expected an object {{ ... }}, found {ReadContext.Quote(value)}.");
        }
    }

    /// <summary>An item of a list, of which each may be a text or an object.</summary>
    private SectionReader(ConfigurationNode item, string path, ReadContext context) =>
        (Node, Path, Source, _context) = (item, path, item.Source, context);

    public ConfigurationNode? Node { get; }

    public string Path { get; }

    public string Source { get; }

    public void Error(string message) => _context.Error(Path, Source, message);

    public void Error(string key, string message) => _context.Error(PathOf(key), SourceOf(key), message);

    /// <summary>Of one item of a list.</summary>
    public void Error(ListItem item, string message) => _context.Error(item.Path, item.Source, message);

    public void Warn(string message) => _context.Warn(Path, Source, message);

    public void Warn(string key, string message) => _context.Warn(PathOf(key), SourceOf(key), message);

    public string PathOf(string key) => ConfigurationPath.Combine(Path, Node?.Find(key)?.Name ?? key);

    public string SourceOf(string key) => Node?.Find(key)?.Source ?? Source;

    /// <summary>Whether the user wrote anything there, right or wrong.</summary>
    public bool Has(string key) => Ask(key) is { } node && (node.Value is not null || node.HasChildren);

    /// <summary>Whether the user wrote null there, where null is a value.</summary>
    public bool IsNull(string key) => Ask(key) is { Written: true, Value: null, HasChildren: false };

    /// <summary>Whether there is more than null, <c>{}</c>, <c>[]</c> or an empty text.</summary>
    public bool HasContent(string key) => Ask(key).HasContent();

    /// <summary>Notes an error if the key is there: it has no place here, and is no word to suggest.</summary>
    public void Refuse(string key, string message)
    {
        _refused.Add(key);
        if (Node?.Find(key) is { } node && (node.Value is not null || node.HasChildren))
        {
            Error(key, message);
        }
    }

    /// <summary>Whether it is a single text, where an object may be as well.</summary>
    public bool IsText(string key) => Ask(key) is { HasChildren: false, Value.Length: > 0 };

    /// <summary>A section of known keys.</summary>
    public SectionReader Section(string key) => new(Ask(key), PathOf(key), Source, _context);

    /// <summary>Names every key that nobody asked for.</summary>
    public void End()
    {
        if (Node is null)
        {
            return;
        }

        if (Node.HasChildren && IsList(Node))
        {
            Error("expected an object { ... }, found a list [ ... ].");
            return;
        }

        foreach (var child in Node.Children)
        {
            if (Contains(_asked, child.Name) || Contains(_refused, child.Name))
            {
                continue;
            }

            var message = Suggestion.For(child.Name, _asked) is { } near
                ? $"unknown key; did you mean '{near}'?"
                : $"unknown key; known here: {string.Join(", ", _asked.Distinct(StringComparer.OrdinalIgnoreCase))}.";
            _context.Error(ConfigurationPath.Combine(Path, child.Name), child.Source, message);
        }
    }

    private ConfigurationNode? Ask(string key)
    {
        _asked.Add(key);
        return Node?.Find(key);
    }

    /// <summary>A dozen words at most: looking along them is quicker than hashing them for each of 10,000 functions.</summary>
    private static bool Contains(List<string> keys, string name)
    {
        foreach (var key in keys)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
