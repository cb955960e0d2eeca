namespace Gateway.Configuration;

/// <summary>
/// One key of the merged configuration: its value, and the keys below it. Built once from the providers because
/// <see cref="IConfigurationSection.GetChildren"/> walks all keys of all providers on every call: 10,000 functions would
/// take minutes. Not changed after it is built, so parts of one tree may be used in another.
/// </summary>
internal sealed class ConfigurationNode(string name, string source)
{
    private static readonly Dictionary<string, ConfigurationNode> None = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, ConfigurationNode> _children = None;

    /// <summary>As first written; keys compare ignoring case.</summary>
    public string Name { get; } = name;

    /// <summary>The last provider that wrote it.</summary>
    public string Source { get; private set; } = source;

    /// <summary>Null also for <c>null</c> and <c>{}</c>; empty for <c>[]</c>.</summary>
    public string? Value { get; private set; }

    /// <summary>Whether a provider holds the key itself, be it with a null value.</summary>
    public bool Written { get; private set; }

    public IReadOnlyCollection<ConfigurationNode> Children => _children.Values;

    public bool HasChildren => _children.Count > 0;

    public ConfigurationNode? Find(string name) => _children.GetValueOrDefault(name);

    public ConfigurationNode? Find(ReadOnlySpan<char> path)
    {
        var node = this;
        foreach (var segment in path.Split(':'))
        {
            if (!node._children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path[segment], out node))
            {
                return null;
            }
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
        return node is null ? earlierKeys : earlierKeys.Concat(node._children.Values.Select(child => child.Name)).Order(ConfigurationKeyComparer.Instance);
    }

    /// <summary>Takes over all that another tree says; where both say something, the other has the last word.</summary>
    public void Merge(ConfigurationNode other)
    {
        if (other.Written)
        {
            Set(other.Value, other.Source);
        }

        foreach (var child in other._children.Values)
        {
            Child(child.Name, child.Source).Merge(child);
        }
    }

    public void Set(string? value, string source)
    {
        (Value, Source, Written) = (value, source, true);
    }

    public void Set(ReadOnlySpan<char> path, string? value, string source)
    {
        var node = this;
        foreach (var segment in path.Split(':'))
        {
            node = node.Child(path[segment], source);
        }

        node.Set(value, source);
    }

    /// <summary>The child of that name, made if there is none.</summary>
    public ConfigurationNode Child(ReadOnlySpan<char> name, string source)
    {
        if (ReferenceEquals(_children, None))
        {
            _children = new(StringComparer.OrdinalIgnoreCase);
        }

        var byName = _children.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!byName.TryGetValue(name, out var child))
        {
            child = new ConfigurationNode(name.ToString(), source);
            _children.Add(child.Name, child);
        }

        return child;
    }

    /// <summary>Hangs a part of another tree under this node, in place of what has its name.</summary>
    public void Adopt(string name, ConfigurationNode part)
    {
        if (ReferenceEquals(_children, None))
        {
            _children = new(StringComparer.OrdinalIgnoreCase);
        }

        _children[name] = part;
    }

    /// <summary>Whether both say the same, whoever wrote it.</summary>
    public bool SaysTheSameAs(ConfigurationNode other) =>
        ReferenceEquals(this, other)
        || (Written == other.Written && Value == other.Value && _children.Count == other._children.Count
            && _children.All(child => other._children.TryGetValue(child.Key, out var its) && child.Value.SaysTheSameAs(its)));
}

internal static class ConfigurationNodeExtensions
{
    /// <summary>Whether there is anything but null, <c>{}</c> and <c>[]</c>.</summary>
    public static bool HasContent(this ConfigurationNode? node) => node is { HasChildren: true } or { Value.Length: > 0 };
}
