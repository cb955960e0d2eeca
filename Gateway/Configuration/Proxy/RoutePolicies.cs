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

/// <summary>A policy that a route or a function names.</summary>
/// <param name="Kind">The kind of the policy.</param>
/// <param name="Name">The name of the policy.</param>
/// <param name="Path">The full path of the key that names it.</param>
/// <param name="Source">The source of that key.</param>
internal sealed record PolicyReference(PolicyKind Kind, string Name, string Path, string Source);

/// <summary>
/// Holds the names of the policies that exist. Names that routes and functions use are kept as references while they are read, and all
/// references are compared with the definitions at the end of each pass.
/// </summary>
internal sealed class RoutePolicies
{
    private readonly Dictionary<PolicyKind, Definition> _defined = [];

    /// <summary>Defines the names of one kind of policy. A kind that is not defined has none.</summary>
    /// <param name="kind">The kind of policy.</param>
    /// <param name="section">The section in which users define such policies, for messages: <c>Cors:Policies</c>.</param>
    /// <param name="names">The names that the user defined.</param>
    /// <param name="reserved">YARP's own words that can be used, such as <c>default</c> and <c>disable</c>. They are compared ignoring case.</param>
    /// <param name="comparer">How the middleware compares names. By default it ignores case.</param>
    public void Define(PolicyKind kind, string section, IEnumerable<string> names, IEnumerable<string> reserved, StringComparer? comparer = null) =>
        _defined[kind] = new Definition(section, names.ToHashSet(comparer ?? StringComparer.OrdinalIgnoreCase), [.. reserved]);

    /// <summary>Notes an error if a policy that is named does not exist.</summary>
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
