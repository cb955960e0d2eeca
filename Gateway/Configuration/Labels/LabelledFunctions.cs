namespace Gateway.Configuration.Labels;

/// <summary>
/// Knows the containers whose labels ask for them to be functions, and reads them into a configuration. Each is read as if a file had an entry for it, by the same
/// readers. One with a mistake is left out, and changes nothing for the others.
/// </summary>
internal sealed class LabelledFunctions
{
    private readonly SortedDictionary<string, IReadOnlyList<LabelledContainer>> _byRuntime = new(StringComparer.Ordinal);
    // Trees that have not changed are the same objects, so that what was read of them need not be read again.
    private Dictionary<(LabelledContainer, string, string), LabelledFunction> _translated = [];

    /// <summary>Notes the containers of an engine, in the order of their age.</summary>
    /// <returns>Returns false if they are the same as before.</returns>
    public bool Update(string runtime, IReadOnlyList<LabelledContainer> containers)
    {
        if (_byRuntime.TryGetValue(runtime, out var before) ? before.SequenceEqual(containers) : containers.Count == 0)
        {
            return false;
        }

        _byRuntime[runtime] = containers;
        return true;
    }

    /// <summary>Reads a configuration with as many of the functions as are right in it.</summary>
    /// <param name="files">What users wrote elsewhere. A function of theirs keeps its name.</param>
    /// <param name="read">Reads the configuration with some of the functions, and judges it.</param>
    public LabelledReading Read(ConfigurationNode files, Func<IReadOnlyList<LabelledFunction>, JudgedReading> read)
    {
        List<RejectedFunction> rejected = [];
        var candidates = Candidates(files, rejected);
        // The files have to be right by themselves, because the gateway starts with them before it knows of any container.
        var alone = read([]);
        if (alone.Errors.Count > 0 || candidates.Count == 0)
        {
            return new LabelledReading(alone, [], rejected);
        }

        var whole = read(candidates);
        if (whole.Errors.Count == 0)
        {
            return new LabelledReading(whole, candidates, rejected);
        }

        List<LabelledFunction> accepted = [];
        List<(LabelledFunction Function, RejectedFunction Why)> failed = [];
        Add(InOrder(candidates));
        // What one names may have come after it.
        for (var before = -1; before != accepted.Count && failed.Count > 0;)
        {
            before = accepted.Count;
            var again = failed.ConvertAll(static one => one.Function);
            failed.Clear();
            again.ForEach(one => Add([one]));
        }

        rejected.AddRange(failed.Select(static one => one.Why));
        return new LabelledReading(alone, accepted, rejected);

        // Older ones come first, so that of two that want the same the older has it.
        void Add(IReadOnlyList<LabelledFunction> some)
        {
            var with = read([.. accepted, .. some]);
            if (with.Errors.Count == 0)
            {
                accepted.AddRange(some);
                alone = with;
            }
            else if (some is [{ Needs.Count: > 0 } dependent] && DependencyLabels.AreComposes(dependent.Container)
                && WithFewer(dependent, accepted) is { } fewer)
            {
                // What Compose has it depend on may be rejected, which is no fault of its own.
                Add([fewer]);
            }
            else if (some is [var one])
            {
                failed.Add((one, RejectedFunction.Of(one.Name, one.Container, one.Describe(with.Errors))));
            }
            else
            {
                Add([.. some.Take(some.Count / 2)]);
                Add([.. some.Skip(some.Count / 2)]);
            }
        }
    }

    private List<LabelledFunction> Candidates(ConfigurationNode files, List<RejectedFunction> rejected)
    {
        var translated = new Dictionary<(LabelledContainer, string, string), LabelledFunction>();
        var taken = new Dictionary<string, LabelledContainer>(StringComparer.OrdinalIgnoreCase);
        List<(LabelledContainer Container, string Name)> named = [];
        foreach (var container in _byRuntime.Values.SelectMany(static containers => containers))
        {
            var name = NameOf(container, taken);
            if (Taken(container, name, files, taken) is { } mistake)
            {
                rejected.Add(RejectedFunction.Of(name, container, mistake));
                continue;
            }

            taken.Add(name, container);
            named.Add((container, name));
        }

        List<LabelledFunction> candidates = [];
        foreach (var (container, name) in named)
        {
            var dependencies = DependencyLabels.Of(container, service => named.Find(one => container.IsBeside(one.Container, service)).Name);
            var key = (container, name, string.Join(',', dependencies));
            if ((_translated.TryGetValue(key, out var known) ? known : LabelledFunction.Translate(container, name, dependencies)) is not { } function)
            {
                rejected.Add(RejectedFunction.Of(name, container, LabelledFunction.Refuse(container, name)!));
                continue;
            }

            if (LabelRights.Refuse(function, files) is { } forbidden)
            {
                rejected.Add(RejectedFunction.Of(name, container, forbidden));
                continue;
            }

            translated.Add(key, function);
            candidates.Add(function);
        }

        _translated = translated;
        return candidates;
    }

    // Those that it depends on come before it, so that none of them is still to be accepted.
    private static LabelledFunction? WithFewer(LabelledFunction function, List<LabelledFunction> accepted)
    {
        var kept = DependencyLabels.Of(function.Container, service => accepted.Find(one => function.Container.IsBeside(one.Container, service))?.Name);
        return LabelledFunction.Translate(function.Container, function.Name, kept.Count < function.Needs.Count ? kept : []);
    }

    // What one depends on comes before it, also if Compose has made it anew since. Of a circle, which is a mistake, the order is that of the age.
    private static List<LabelledFunction> InOrder(List<LabelledFunction> functions)
    {
        List<LabelledFunction> ordered = [];
        var seen = new HashSet<LabelledFunction>();
        functions.ForEach(Visit);
        return ordered;

        void Visit(LabelledFunction function)
        {
            if (seen.Add(function))
            {
                functions.FindAll(other => function.Needs.Contains(other.Name, StringComparer.OrdinalIgnoreCase)).ForEach(Visit);
                ordered.Add(function);
            }
        }
    }

    // Two projects may have a service of the same name. Only the younger one is called by both names.
    private static string NameOf(LabelledContainer container, Dictionary<string, LabelledContainer> taken)
    {
        if (container.Find("name") is { } written)
        {
            return written;
        }

        var name = container.Service ?? container.Name;
        return container.Project is { } project && taken.TryGetValue(name, out var other) && other.Project != project ? $"{project}-{name}" : name;
    }

    private static string? Taken(LabelledContainer container, string name, ConfigurationNode files, Dictionary<string, LabelledContainer> taken) =>
        files.Find($"Gateway:Functions:{name}".AsSpan()) is { } entry
            ? $"container {container.Name}: {entry.Source} has a function {ReadContext.Quote(name)}, which is in use instead; write another name as the label headstart.name, or remove one of the two."
            : taken.TryGetValue(name, out var other)
                ? $"container {container.Name}: the container {other.Name} is the function {ReadContext.Quote(name)} already; write another name as the label headstart.name."
                : null;
}

/// <summary>A configuration that was read, and all that is wrong with it here and now.</summary>
internal readonly record struct JudgedReading(ReadResult Result, IReadOnlyList<ConfigurationError> Errors);

/// <summary>A configuration that was read with functions by labels.</summary>
/// <param name="Judged">What was read.</param>
/// <param name="Accepted">The functions by labels in it.</param>
/// <param name="Rejected">Those that are not.</param>
internal sealed record LabelledReading(JudgedReading Judged, IReadOnlyList<LabelledFunction> Accepted, IReadOnlyList<RejectedFunction> Rejected);
