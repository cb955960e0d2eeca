namespace Gateway.Configuration;

/// <summary>
/// One key of the merged configuration: its value, and the keys below it. Built once from the providers because
/// <see cref="IConfigurationSection.GetChildren"/> walks all keys of all providers on every call: 10,000 functions would
/// take minutes. Not changed after it is built, so parts of one tree may be used in another.
/// </summary>
internal sealed class ConfigurationNode(string name, string source)
{
    /// <summary>Up to so many children are looked along: most nodes have a handful, and a dictionary for each is most of a large tree's cost.</summary>
    private const int Few = 8;

    private static readonly List<ConfigurationNode> None = [];
    private List<ConfigurationNode> _children = None;
    private Dictionary<string, int>? _places;
    private bool _frozen;

    /// <summary>As first written; keys compare ignoring case.</summary>
    public string Name { get; } = name;

    /// <summary>The last provider that wrote it.</summary>
    public string Source { get; private set; } = source;

    /// <summary>Null also for <c>null</c> and <c>{}</c>; empty for <c>[]</c>.</summary>
    public string? Value { get; private set; }

    /// <summary>Whether a provider holds the key itself, be it with a null value.</summary>
    public bool Written { get; private set; }

    public IReadOnlyCollection<ConfigurationNode> Children => _children;

    public bool HasChildren => _children.Count > 0;

    public ConfigurationNode? Find(string name) => PlaceOf(name) is var place and >= 0 ? _children[place] : null;

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

    /// <summary>As <see cref="IConfigurationProvider.TryGet"/>.</summary>
    public bool TryGet(string path, out string? value)
    {
        var node = Find(path.AsSpan());
        value = node?.Value;
        return node is { Written: true };
    }

    /// <summary>As <see cref="IConfigurationProvider.GetChildKeys"/>.</summary>
    public IEnumerable<string> ChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        var node = parentPath is null ? this : Find(parentPath.AsSpan());
        return node is null ? earlierKeys : earlierKeys.Concat(node._children.Select(child => child.Name)).Order(ConfigurationKeyComparer.Instance);
    }

    /// <summary>Takes over all that another, frozen tree says; where both say something, the other has the last word.</summary>
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

    /// <summary>From here on a tree that shares nodes with this one copies what it changes.</summary>
    public void Freeze()
    {
        if (!_frozen)
        {
            _frozen = true;
            _children.ForEach(static child => child.Freeze());
        }
    }

    public void Set(string? value, string source)
    {
        (Value, Source, Written) = (value, source, true);
    }

    public void Set(ReadOnlySpan<char> path, string? value, string source) => Descend(path, source).Set(value, source);

    /// <summary>The node at a path below this one, made if there is none.</summary>
    public ConfigurationNode Descend(ReadOnlySpan<char> path, string source)
    {
        var node = this;
        foreach (var segment in path.Split(':'))
        {
            node = node.Child(path[segment], source);
        }

        return node;
    }

    /// <summary>The child of that name, to write to; made if there is none.</summary>
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

    /// <summary>Hangs a part of another tree under this node, in place of what has its name.</summary>
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

    /// <summary>Whether both say the same, whoever wrote it.</summary>
    public bool SaysTheSameAs(ConfigurationNode other) =>
        ReferenceEquals(this, other)
        || (Written == other.Written && Value == other.Value && _children.Count == other._children.Count
            && _children.TrueForAll(child => other.Find(child.Name) is { } its && child.SaysTheSameAs(its)));

    /// <summary>Whether both are written by the same source in the same words, down to the case of the keys and their order.</summary>
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

    /// <summary>-1 when there is no such child.</summary>
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

internal static class ConfigurationNodeExtensions
{
    /// <summary>Whether there is anything but null, <c>{}</c> and <c>[]</c>.</summary>
    public static bool HasContent(this ConfigurationNode? node) => node is { HasChildren: true } or { Value.Length: > 0 };
}
