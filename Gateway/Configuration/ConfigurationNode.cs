namespace Gateway.Configuration;

/// <summary>
/// One key of the merged configuration: its value and the keys below it. The tree is built once from the providers because
/// <see cref="IConfiguration.GetChildren"/> walks all keys of all providers on every call, which would take minutes for 10,000 functions.
/// A tree is not changed after it is built, so that another tree may share parts of it.
/// </summary>
internal sealed class ConfigurationNode(string name, string source)
{
    /// <summary>
    /// Up to this many children are searched one by one. Most nodes have a handful, and a dictionary for each would be most of the cost of a large tree.
    /// </summary>
    private const int Few = 8;

    private static readonly List<ConfigurationNode> None = [];
    private List<ConfigurationNode> _children = None;
    /// <summary>The indices of the children by name, or null while there are no more than <see cref="Few"/>.</summary>
    private Dictionary<string, int>? _places;
    private bool _frozen;

    /// <summary>The key's name as it was first written. Names are compared ignoring case.</summary>
    public string Name { get; } = name;

    /// <summary>The name of the last source that wrote the value.</summary>
    public string Source { get; private set; } = source;

    /// <summary>The value. It is null if there is none and for <c>null</c> and <c>{}</c>, and empty for <c>[]</c>.</summary>
    public string? Value { get; private set; }

    /// <summary>Whether a provider holds the key itself, even if its value is null.</summary>
    public bool Written { get; private set; }

    public IReadOnlyCollection<ConfigurationNode> Children => _children;

    public bool HasChildren => _children.Count > 0;

    /// <summary>Returns the child of that name, or null if there is none.</summary>
    public ConfigurationNode? Find(string name) => PlaceOf(name) is var place and >= 0 ? _children[place] : null;

    /// <summary>Returns the node at a path of names with colons between them below this node, or null if there is none.</summary>
    public ConfigurationNode? Find(ReadOnlySpan<char> path)
    {
        var node = this;
        foreach (var segment in path.Split(':'))
        {
            if (node.PlaceOf(path[segment]) is not (var place and >= 0))
            {
                return null;
            }

            node = node._children[place];
        }

        return node;
    }

    /// <summary>Does what <see cref="IConfigurationProvider.TryGet"/> asks for.</summary>
    public bool TryGet(string path, out string? value)
    {
        var node = Find(path.AsSpan());
        value = node?.Value;
        return node is { Written: true };
    }

    /// <summary>Does what <see cref="IConfigurationProvider.GetChildKeys"/> asks for.</summary>
    public IEnumerable<string> ChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        var node = parentPath is null ? this : Find(parentPath.AsSpan());
        return node is null ? earlierKeys : earlierKeys.Concat(node._children.Select(child => child.Name)).Order(ConfigurationKeyComparer.Instance);
    }

    /// <summary>Takes over everything from another tree, which has to be frozen. Where both have a value, the other's replaces this one's.</summary>
    public void Merge(ConfigurationNode other)
    {
        if (other.Written)
        {
            Set(other.Value, other.Source);
        }

        foreach (var child in other._children)
        {
            if (PlaceOf(child.Name) < 0)
            {
                Add(child);
            }
            else
            {
                Child(child.Name, child.Source).Merge(child);
            }
        }
    }

    /// <summary>Marks this node and all below it as shared: a tree that they are part of now copies one before changing it.</summary>
    public void Freeze()
    {
        if (!_frozen)
        {
            _frozen = true;
            _children.ForEach(static child => child.Freeze());
        }
    }

    /// <summary>Writes a value, which may be null, and the source that has it.</summary>
    public void Set(string? value, string source)
    {
        (Value, Source, Written) = (value, source, true);
    }

    /// <summary>Writes the value of the node at a path below this one. The node is made if there is none.</summary>
    public void Set(ReadOnlySpan<char> path, string? value, string source) => Descend(path, source).Set(value, source);

    /// <summary>Returns the node at a path below this one, to write to. It is made if there is none.</summary>
    public ConfigurationNode Descend(ReadOnlySpan<char> path, string source)
    {
        var node = this;
        foreach (var segment in path.Split(':'))
        {
            node = node.Child(path[segment], source);
        }

        return node;
    }

    /// <summary>Returns the child of that name, to write to. It is made if there is none, and copied if it is frozen.</summary>
    public ConfigurationNode Child(ReadOnlySpan<char> name, string source)
    {
        var place = PlaceOf(name);
        if (place < 0)
        {
            return Add(new ConfigurationNode(name.ToString(), source));
        }

        var child = _children[place];
        return child._frozen ? _children[place] = child.Copy() : child;
    }

    /// <summary>Makes a part of another tree a child of this node, in place of a child that has the name already.</summary>
    public void Adopt(string name, ConfigurationNode part)
    {
        var place = PlaceOf(name);
        if (place < 0)
        {
            Add(part);
        }
        else
        {
            _children[place] = part;
        }
    }

    /// <summary>Tells whether both say the same, whatever sources wrote it.</summary>
    public bool SaysTheSameAs(ConfigurationNode other) =>
        ReferenceEquals(this, other)
        || (Written == other.Written && Value == other.Value && _children.Count == other._children.Count
            && _children.TrueForAll(child => other.Find(child.Name) is { } its && child.SaysTheSameAs(its)));

    /// <summary>Tells whether both say the same from the same source and in the same words, down to the case and the order of the keys.</summary>
    public bool IsExactly(ConfigurationNode other)
    {
        if (Name != other.Name || Source != other.Source || Written != other.Written || Value != other.Value || _children.Count != other._children.Count)
        {
            return false;
        }

        for (var place = 0; place < _children.Count; place++)
        {
            if (!_children[place].IsExactly(other._children[place]))
            {
                return false;
            }
        }

        return true;
    }

    private ConfigurationNode Copy()
    {
        var copy = new ConfigurationNode(Name, Source) { Value = Value, Written = Written };
        foreach (var child in _children)
        {
            copy.Add(child);
        }

        return copy;
    }

    private ConfigurationNode Add(ConfigurationNode child)
    {
        if (ReferenceEquals(_children, None))
        {
            _children = [];
        }

        _children.Add(child);
        if (_places is not null)
        {
            _places.Add(child.Name, _children.Count - 1);
        }
        else if (_children.Count > Few)
        {
            _places = new(StringComparer.OrdinalIgnoreCase);
            for (var place = 0; place < _children.Count; place++)
            {
                _places.Add(_children[place].Name, place);
            }
        }

        return child;
    }

    /// <summary>Returns the index of the child of that name, or -1 if there is none.</summary>
    private int PlaceOf(ReadOnlySpan<char> name)
    {
        if (_places is not null)
        {
            return _places.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var known) ? known : -1;
        }

        for (var place = 0; place < _children.Count; place++)
        {
            if (name.Equals(_children[place].Name, StringComparison.OrdinalIgnoreCase))
            {
                return place;
            }
        }

        return -1;
    }
}

/// <summary>Questions about a node that may not exist.</summary>
internal static class ConfigurationNodeExtensions
{
    /// <summary>Tells whether there is a node, and it is not null, <c>{}</c>, <c>[]</c> or an empty text.</summary>
    public static bool HasContent(this ConfigurationNode? node) => node is { HasChildren: true } or { Value.Length: > 0 };
}
