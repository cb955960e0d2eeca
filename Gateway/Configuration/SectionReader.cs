using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>
/// Reads one object of the configuration, key by key. It remembers the keys that it was asked for, so that <see cref="End"/> can report the others
/// as unknown. A wrong value is noted as an error and treated as left out. <c>null</c> is treated as left out too, or as an empty object where an
/// object is expected. A schema is made of what its methods are asked for (<see cref="KeyLog"/>), so that a key is written nowhere else.
/// </summary>
internal sealed partial class SectionReader
{
    private readonly ReadContext _context;
    private readonly List<string> _asked = [];
    private readonly List<string> _refused = [];
    /// <summary>Takes what is asked for, or null if nobody wants to know.</summary>
    private readonly SectionLog? _log;

    /// <param name="node">The node of the object, or null if it is left out.</param>
    /// <param name="path">The full path of the object, for messages.</param>
    /// <param name="source">The source to name in messages if there is no node.</param>
    /// <param name="context">Takes errors and warnings.</param>
    public SectionReader(ConfigurationNode? node, string path, string source, ReadContext context)
    {
        (Node, Path, Source, _context, _log) = (node, path, node?.Source ?? source, context, context.Keys?.Of(path));
        if (node is { Value: { Length: > 0 } value })
        {
            Error($"expected an object {{ ... }}, found {ReadContext.Quote(value)}.");
        }
    }

    /// <summary>Makes the reader of an item of a list whose items may be texts or objects.</summary>
    private SectionReader(ConfigurationNode item, string path, ReadContext context) =>
        (Node, Path, Source, _context, _log) = (item, path, item.Source, context, context.Keys?.Of(path));

    /// <summary>The node of the object, or null if it is left out.</summary>
    public ConfigurationNode? Node { get; }

    /// <summary>The full path of the object, for messages.</summary>
    public string Path { get; }

    /// <summary>The source of the object, for messages.</summary>
    public string Source { get; }

    /// <summary>Notes an error about the object itself.</summary>
    public void Error(string message) => _context.Error(Path, Source, message);

    /// <summary>Notes an error about one key of the object.</summary>
    public void Error(string key, string message) => _context.Error(PathOf(key), SourceOf(key), message);

    /// <summary>Notes an error about one item of a list.</summary>
    public void Error(ListItem item, string message) => _context.Error(item.Path, item.Source, message);

    /// <summary>Notes a warning about the object itself.</summary>
    public void Warn(string message) => _context.Warn(Path, Source, message);

    /// <summary>Notes a warning about one key of the object.</summary>
    public void Warn(string key, string message) => _context.Warn(PathOf(key), SourceOf(key), message);

    /// <summary>Returns the full path of a key, as the user spells it if it is there.</summary>
    public string PathOf(string key) => ConfigurationPath.Combine(Path, Node?.Find(key)?.Name ?? key);

    /// <summary>Returns the source of a key, or that of the section if the key is not there.</summary>
    public string SourceOf(string key) => Node?.Find(key)?.Source ?? Source;

    /// <summary>Tells whether the user wrote anything but null there, right or wrong.</summary>
    public bool Has(string key) => Look(key) is { } node && (node.Value is not null || node.HasChildren);

    /// <summary>Tells whether the user wrote null there. It is for keys to which null is a value.</summary>
    public bool IsNull(string key) => Look(key) is { Written: true, Value: null, HasChildren: false };

    /// <summary>Tells whether there is something but null, <c>{}</c>, <c>[]</c> or an empty text.</summary>
    public bool HasContent(string key) => Look(key).HasContent();

    /// <summary>Tells whether the user wrote a single text there that is not empty. It is for keys that may be a text or something else.</summary>
    public bool IsText(string key)
    {
        _log?.Asked(key, new PresenceForm(MayBeText: true));
        return Ask(key) is { HasChildren: false, Value.Length: > 0 };
    }

    /// <summary>Notes an error of its own if the key is there, where it has no meaning. The key is not suggested for misspelt ones.</summary>
    public void Refuse(string key, string message)
    {
        _refused.Add(key);
        if (Node?.Find(key) is { } node && (node.Value is not null || node.HasChildren))
        {
            Error(key, message);
        }
    }

    /// <summary>Returns the reader of an object of known keys.</summary>
    public SectionReader Section(string key)
    {
        _log?.Asked(key, new SectionForm());
        return new(Ask(key), PathOf(key), Source, _context);
    }

    /// <summary>Notes an error for every key that was not asked for, or one if the user wrote a list instead of an object.</summary>
    public void End()
    {
        _log?.Close();
        if (RefusesList())
        {
            return;
        }

        foreach (var child in Node?.Children ?? [])
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

    /// <summary>Notes an error if the user wrote a list instead of an object. It takes the place of <see cref="End"/> where others read keys of the object too.</summary>
    /// <returns>Returns true if there was one.</returns>
    public bool RefusesList()
    {
        var isList = Node is { HasChildren: true } node && IsList(node);
        if (isList)
        {
            Error("expected an object { ... }, found a list [ ... ].");
        }

        return isList;
    }

    /// <summary>Returns the node of a key, or null, and remembers that the key is a known one.</summary>
    private ConfigurationNode? Ask(string key)
    {
        _asked.Add(key);
        return Node?.Find(key);
    }

    /// <summary>Does the same for a question that says nothing of the value.</summary>
    private ConfigurationNode? Look(string key)
    {
        _log?.Asked(key, new PresenceForm(MayBeText: false));
        return Ask(key);
    }

    /// <summary>Searches the words one by one. There are a few dozen at most, so that is faster than hashing them for each of 10,000 functions.</summary>
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
