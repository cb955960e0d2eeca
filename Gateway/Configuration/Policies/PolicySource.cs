namespace Gateway.Configuration.Policies;

/// <summary>
/// Holds the policies in use. YARP puts new routes in use a moment after the policies that they name. Until then the policies of the configuration
/// before can still be found, so that no request comes to a route whose policy is gone.
/// </summary>
internal sealed class PolicySource(PolicyOptions first)
{
    private Generations _generations = new(first, PolicyOptions.None);
    private Action? _changed;

    /// <summary>The policies of this configuration alone.</summary>
    public PolicyOptions Current => Volatile.Read(ref _generations).Current;

    /// <summary>Returns a named policy of this configuration, else of the one before, or null if neither has it.</summary>
    public T? Find<T>(string name, Func<PolicyOptions, IReadOnlyDictionary<string, T>?> of) where T : class
    {
        var (current, before) = Volatile.Read(ref _generations);
        return of(current)?.GetValueOrDefault(name) ?? of(before)?.GetValueOrDefault(name);
    }

    /// <summary>Returns the names of policies that <see cref="Find"/> finds.</summary>
    public IReadOnlyCollection<string> Names<T>(Func<PolicyOptions, IReadOnlyDictionary<string, T>?> of)
    {
        var (current, before) = Volatile.Read(ref _generations);
        return (of(current)?.Keys ?? []).Concat(of(before)?.Keys ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Tells whether this configuration uses something, or the one before, whose routes may still be in use.</summary>
    public bool Uses(Func<PolicyOptions, bool> something)
    {
        var (current, before) = Volatile.Read(ref _generations);
        return something(current) || something(before);
    }

    /// <summary>Calls <paramref name="listener"/> after each change, on the thread that makes it.</summary>
    public void OnChange(Action listener) => _changed += listener;

    /// <summary>Puts policies in use, and calls the listeners if they differ from those in use.</summary>
    internal void Publish(PolicyOptions options)
    {
        var current = Current;
        if (options != current)
        {
            Volatile.Write(ref _generations, new Generations(options, current));
            _changed?.Invoke();
        }
    }

    /// <summary>The policies of this configuration, and of the last one that differed. Both are read at once.</summary>
    private sealed record Generations(PolicyOptions Current, PolicyOptions Before);
}
