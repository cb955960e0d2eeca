namespace Gateway.Configuration.Proxy;

/// <summary>The kinds of policy that a route may name.</summary>
internal enum PolicyKind
{
    Authorization,
    Cors,
    RateLimiter,
    OutputCache,
    Timeout,
}

/// <summary>A policy that a route names, and where.</summary>
/// <param name="Path">The key's full path.</param>
/// <param name="Source">Who wrote it.</param>
internal sealed record PolicyReference(PolicyKind Kind, string Name, string Path, string Source);

/// <summary>
/// Which policies there are for routes to name. The reader of the section that holds them defines them; what a route or a
/// function names is kept as a reference, and all references are held against the definitions at the end of each pass.
/// </summary>
internal sealed class RoutePolicies
{
    private readonly Dictionary<PolicyKind, Definition> _defined = [];

    /// <summary>Says which names of a kind can be used. A kind that is not defined has none.</summary>
    /// <param name="kind">What routes name.</param>
    /// <param name="section">Where the user defines them, for messages: <c>Cors:Policies</c>.</param>
    /// <param name="names">What the user defined.</param>
    /// <param name="reserved">YARP's own words that work now, such as <c>default</c> and <c>disable</c>; these compare ignoring case.</param>
    /// <param name="comparer">As the middleware compares names. Default: ignoring case.</param>
    public void Define(PolicyKind kind, string section, IEnumerable<string> names, IEnumerable<string> reserved, StringComparer? comparer = null) =>
        _defined[kind] = new Definition(section, names.ToHashSet(comparer ?? StringComparer.OrdinalIgnoreCase), [.. reserved]);

    /// <summary>Notes an error if there is no such policy.</summary>
    public void Check(PolicyReference reference, ReadContext context)
    {
        if (!_defined.TryGetValue(reference.Kind, out var definition))
        {
            context.Error(reference.Path, reference.Source, $"{ReadContext.Quote(reference.Name)}: this gateway has no policies of this kind; remove the key.");
        }
        else if (!definition.Has(reference.Name))
        {
            context.Error(reference.Path, reference.Source, definition.Sentence(reference.Name));
        }
    }

    private sealed record Definition(string Section, HashSet<string> Names, IReadOnlyList<string> Reserved)
    {
        public bool Has(string name) => Names.Contains(name) || Reserved.Contains(name, StringComparer.OrdinalIgnoreCase);

        public string Sentence(string name)
        {
            string[] known = [.. Names.Order(StringComparer.Ordinal), .. Reserved];
            var hint = Suggestion.For(name, known) is { } near ? $"did you mean '{near}'?"
                : known.Length == 0 ? $"define it under {Section}."
                : $"define it under {Section}, or use one of {string.Join(", ", known)}.";
            return $"there is no policy {ReadContext.Quote(name)}; {hint}";
        }
    }
}
