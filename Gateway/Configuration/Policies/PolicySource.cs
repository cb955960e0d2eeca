namespace Gateway.Configuration.Policies;

/// <summary>
/// The policies in use. YARP puts new routes in use a moment after the policies that they name, so what the last
/// configuration had can still be found: no request meets a route whose policy is gone.
/// </summary>
internal sealed class PolicySource(PolicyOptions first)
{
    private Generations _generations = new(first, PolicyOptions.None);
    private Action? _changed;

    public PolicyOptions Current => Volatile.Read(ref _generations).Current;

    /// <summary>A named policy of this configuration, else of the one before; null when neither has it.</summary>
    public T? Find<T>(string name, Func<PolicyOptions, IReadOnlyDictionary<string, T>?> of) where T : class
    {
        var (current, before) = Volatile.Read(ref _generations);
        return of(current)?.GetValueOrDefault(name) ?? of(before)?.GetValueOrDefault(name);
    }

    /// <summary>The names that <see cref="Find"/> knows.</summary>
    public IReadOnlyCollection<string> Names<T>(Func<PolicyOptions, IReadOnlyDictionary<string, T>?> of)
    {
        var (current, before) = Volatile.Read(ref _generations);
        return (of(current)?.Keys ?? []).Concat(of(before)?.Keys ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether this configuration asks for something, or the one before, whose routes may still be there.</summary>
    public bool Uses(Func<PolicyOptions, bool> something)
    {
        var (current, before) = Volatile.Read(ref _generations);
        return something(current) || something(before);
    }

    /// <summary>Calls <paramref name="listener"/> after each change, on the thread that makes it.</summary>
    public void OnChange(Action listener) => _changed += listener;

    internal void Publish(PolicyOptions options)
    {
        var current = Current;
        if (options != current)
        {
            Volatile.Write(ref _generations, new Generations(options, current));
            _changed?.Invoke();
        }
    }

    private sealed record Generations(PolicyOptions Current, PolicyOptions Before);
}
