namespace Gateway.Configuration.Schema;

/// <summary>What the readers of one pass asked for. A schema is made of such logs, so that a reader's keys are written once: where they are read.</summary>
internal sealed class KeyLog
{
    private readonly Dictionary<string, SectionLog> _sections = new(StringComparer.Ordinal);

    /// <summary>All sections that were read, by their full paths.</summary>
    public IReadOnlyDictionary<string, SectionLog> Sections => _sections;

    /// <summary>Returns the log of the section at a path, which is made if there is none.</summary>
    public SectionLog Of(string path)
    {
        if (!_sections.TryGetValue(path, out var section))
        {
            _sections.Add(path, section = new SectionLog());
        }

        return section;
    }
}

/// <summary>What was asked of one section.</summary>
internal sealed class SectionLog
{
    private static readonly KeyForm[] s_none = [];
    private readonly OrderedDictionary<string, List<KeyForm>> _keys = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys that were asked for, in their order.</summary>
    public IEnumerable<string> Keys => _keys.Keys;

    /// <summary>Whether the reader refuses all other keys.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The keys that cannot be left out.</summary>
    public HashSet<string> Needed { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keys of which the section has exactly one.</summary>
    public IReadOnlyList<string>? ExactlyOne { get; private set; }

    /// <summary>Keys of which the section has at least one.</summary>
    public IReadOnlyList<string>? AtLeastOne { get; private set; }

    /// <summary>Whether any key is a text of its own beside those of <see cref="AtLeastOne"/>.</summary>
    public bool HasAnyTexts { get; private set; }

    public void Asked(string key, KeyForm form)
    {
        if (!_keys.TryGetValue(key, out var forms))
        {
            _keys.Add(key, forms = []);
        }

        forms.Add(form);
    }

    public void Need(string key) => Needed.Add(key);

    public void NeedOne(IReadOnlyList<string> keys) => ExactlyOne = keys;

    public void NeedAny(IReadOnlyList<string> keys) => AtLeastOne = keys;

    public void TakeAnyTexts(IReadOnlyList<string> leading) => (AtLeastOne, HasAnyTexts) = (leading, true);

    public void Close() => IsClosed = true;

    /// <summary>Returns the ways in which a key was asked for.</summary>
    public IReadOnlyList<KeyForm> Forms(string key) => _keys.TryGetValue(key, out var forms) ? forms : s_none;

    /// <summary>Adds what another pass asked of the same section, but for the forms of keys that are known already.</summary>
    public void Add(SectionLog other)
    {
        foreach (var (key, forms) in other._keys)
        {
            _keys.TryAdd(key, forms);
        }

        Needed.UnionWith(other.Needed);
        IsClosed |= other.IsClosed;
        HasAnyTexts |= other.HasAnyTexts;
        ExactlyOne ??= other.ExactlyOne;
        AtLeastOne ??= other.AtLeastOne;
    }
}
