using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation.Bonds;

/// <summary>The functions to which one function is bound, by what the configuration says of either.</summary>
internal sealed class FunctionBonds
{
    /// <summary>The bonds of a function that has none.</summary>
    public static readonly FunctionBonds None = new();

    /// <summary>Gets the functions that it depends on.</summary>
    public IReadOnlyList<Dependency> Dependencies { get; private init; } = [];

    /// <summary>Gets the functions that depend on it.</summary>
    public IReadOnlyList<Function> Dependents { get; private init; } = [];

    /// <summary>Gets the other functions of its group.</summary>
    public IReadOnlyList<Function> Group { get; private init; } = [];

    /// <summary>Gets the functions that may not have a program while it has one.</summary>
    public IReadOnlyList<Function> Excluded { get; private init; } = [];

    /// <summary>Gives each function its bonds.</summary>
    /// <param name="functions">All functions, by name.</param>
    /// <param name="options">Their options, which the functions themselves may not have taken yet.</param>
    public static void Bind(IReadOnlyDictionary<string, Function> functions, IReadOnlyCollection<FunctionOptions> options)
    {
        var dependents = options
            .SelectMany(static one => one.DependsOn.Select(dependency => (dependency.Function, By: one.Name)))
            .ToLookup(static pair => pair.Function, static pair => pair.By, StringComparer.OrdinalIgnoreCase);
        var groups = options.Where(static one => one.Group is not null)
            .ToLookup(static one => one.Group!, static one => one.Name, StringComparer.OrdinalIgnoreCase);
        // Whichever of the two says so.
        var excluded = options
            .SelectMany(static one => one.Excludes.SelectMany(other => ((string, string)[])[(one.Name, other), (other, one.Name)]))
            .ToLookup(static pair => pair.Item1, static pair => pair.Item2, StringComparer.OrdinalIgnoreCase);
        foreach (var one in options)
        {
            Function[] Those(IEnumerable<string> names) => [.. names
                .Where(name => !string.Equals(name, one.Name, StringComparison.OrdinalIgnoreCase))
                .Distinct(StringComparer.OrdinalIgnoreCase).Select(name => functions[name])];

            var isBound = one.DependsOn.Count > 0 || one.Group is not null || dependents.Contains(one.Name) || excluded.Contains(one.Name);
            functions[one.Name].Bonds = !isBound ? None : new FunctionBonds
            {
                Dependencies = [.. one.DependsOn.Select(dependency => new Dependency(functions[dependency.Function], dependency.Condition, dependency.IsOptional))],
                Dependents = Those(dependents[one.Name]),
                Group = one.Group is { } group ? Those(groups[group]) : [],
                Excluded = Those(excluded[one.Name]),
            };
        }
    }
}

/// <summary>A function that another one depends on.</summary>
/// <param name="Function">The function.</param>
/// <param name="Condition">What it has to have reached.</param>
/// <param name="IsOptional">Whether nobody waits for it.</param>
internal readonly record struct Dependency(Function Function, DependencyCondition Condition, bool IsOptional);
