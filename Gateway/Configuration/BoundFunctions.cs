using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>Judges what functions say of each other.</summary>
internal sealed class BoundFunctions(IReadOnlyDictionary<string, FunctionOptions> functions, string path, ReadContext context)
{
    /// <summary>Gets the names of the functions of which one that was checked waits for the end.</summary>
    public HashSet<string> Jobs { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the names of the functions to which others lead: by dependencies, or as other versions of them.</summary>
    public HashSet<string> Needed { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Notes an error for each mistake in what one function says of others.</summary>
    public void Check(FunctionOptions function)
    {
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var dependency in function.DependsOn)
        {
            CheckName(function, "DependsOn", dependency.Function, named);
            Needed.Add(dependency.Function);
            if (dependency.Condition == DependencyCondition.Completed && Jobs.Add(dependency.Function) && functions.TryGetValue(dependency.Function, out var job))
            {
                CheckJob(job, function);
            }
        }

        if (Circle(function) is { } circle)
        {
            Error(function, "DependsOn", $"the functions depend on each other in a circle ({string.Join(" -> ", circle)}); remove one of these dependencies.");
        }

        named.Clear();
        foreach (var share in function.Split)
        {
            Needed.Add(share.Function);
            CheckName(function, "Split", share.Function, named);
            if (!functions.TryGetValue(share.Function, out var version))
            {
                continue;
            }

            if (version.Split.Count > 0)
            {
                Error(function, "Split", $"{version.Name} has a Split of its own, which would not be followed; write all parts here.");
            }

            if (version.Access != function.Access)
            {
                Error(function, "Split", $"{version.Name} has another Access list, which would not be asked, since its requests come by {function.Name}; give both the same.");
            }
        }

        named.Clear();
        foreach (var name in function.Excludes)
        {
            CheckName(function, "Excludes", name, named);
            if (NeededBy(function).Contains(name))
            {
                Error(function, "Excludes", $"'{name}' has to run for {function.Name} to run, by DependsOn, so it cannot be excluded; remove it from one of the two.");
            }
            else if (functions.TryGetValue(name, out var other) && NeededBy(other).Contains(function.Name))
            {
                Error(function, "Excludes", $"{function.Name} has to run for '{name}' to run, by DependsOn, so it cannot exclude it; remove it from one of the two.");
            }
        }

        var needed = NeededBy(function);
        if (needed.Select(one => functions.GetValueOrDefault(one)).FirstOrDefault(one => one?.Excludes.Any(needed.Contains) == true) is { } torn)
        {
            Error(function, "DependsOn", $"needs {torn.Name} and {torn.Excludes.First(needed.Contains)}, which exclude each other; remove one of the two.");
        }
    }

    private void CheckName(FunctionOptions function, string key, string name, HashSet<string> named)
    {
        if (string.Equals(name, function.Name, StringComparison.OrdinalIgnoreCase))
        {
            Error(function, key, "names the function itself; name another one.");
        }
        else if (!functions.ContainsKey(name))
        {
            var near = Suggestion.For(name, [.. functions.Keys.Where(other => other != function.Name)]);
            Error(function, key, $"{ReadContext.Quote(name)} is no function of Gateway:Functions{(near is null ? "; add it there, or remove it here." : $"; did you mean '{near}'?")}");
        }
        else if (!named.Add(name))
        {
            Error(function, key, $"'{name}' is written twice.");
        }
    }

    // Its program ends, so nothing is there to send a request to.
    private void CheckJob(FunctionOptions job, FunctionOptions dependent)
    {
        if (job.Listen.Count > 0)
        {
            Error(job, "Listen", $"{dependent.Name} waits for the end of this function's program (Condition Completed), so it serves no requests; remove Listen, or wait until it is Healthy.");
        }

        if (job.Scale.Min > 0)
        {
            Error(job, "Scale:Min", $"{dependent.Name} waits for the end of this function's program (Condition Completed), so it cannot be kept running; remove Min, or wait until it is Healthy.");
        }

        if (job.Idle.Schedule.Any(static hours => hours.Is == ScheduleIs.Up))
        {
            Error(job, "Idle:Schedule", $"{dependent.Name} waits for the end of this function's program (Condition Completed), so it cannot be kept up; remove Up, or wait until it is Healthy.");
        }

        foreach (var other in functions.Values.Where(other => other.DependsOn.Any(dependency => dependency.Condition != DependencyCondition.Completed && string.Equals(dependency.Function, job.Name, StringComparison.OrdinalIgnoreCase))))
        {
            Error(other, "DependsOn", $"{dependent.Name} waits for the end of {job.Name}, and {other.Name} does not; give both the Condition Completed, or neither.");
        }
    }

    /// <summary>Returns the names on the way from a function over its dependencies back to itself, or null if there is none.</summary>
    private List<string>? Circle(FunctionOptions function)
    {
        var from = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var line = new Queue<FunctionOptions>([function]);
        while (line.TryDequeue(out var next))
        {
            foreach (var name in next.DependsOn.Select(static dependency => dependency.Function))
            {
                if (string.Equals(name, function.Name, StringComparison.OrdinalIgnoreCase) && !ReferenceEquals(next, function))
                {
                    return [.. Way(next.Name, function.Name, from), function.Name];
                }

                if (functions.TryGetValue(name, out var other) && !ReferenceEquals(other, function) && from.TryAdd(other.Name, next.Name))
                {
                    line.Enqueue(other);
                }
            }
        }

        return null;
    }

    private static IEnumerable<string> Way(string to, string start, Dictionary<string, string> from)
    {
        var way = new Stack<string>();
        for (var name = to; !string.Equals(name, start, StringComparison.OrdinalIgnoreCase); name = from[name])
        {
            way.Push(name);
        }

        return way.Prepend(start);
    }

    // All that has to run for the function to run, directly or not.
    private HashSet<string> NeededBy(FunctionOptions function)
    {
        var needed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var line = new Queue<FunctionOptions>([function]);
        while (line.TryDequeue(out var next))
        {
            foreach (var dependency in next.DependsOn)
            {
                if (needed.Add(dependency.Function) && functions.TryGetValue(dependency.Function, out var other))
                {
                    line.Enqueue(other);
                }
            }
        }

        return needed;
    }

    private void Error(FunctionOptions function, string key, string message) =>
        context.Error($"{path}:{function.Name}:{key}", ConfigurationError.AnySource, message);
}
