namespace Gateway.Configuration.Labels;

/// <summary>
/// Translates what a container depends on into a function's <c>DependsOn</c>: the label <c>headstart.dependson</c> (<c>db:healthy,migrate:completed,cache:started</c>), or else the one
/// in which Compose 2 keeps its <c>depends_on</c> (<c>db:service_healthy:false,...</c>; docker-compose 1.x keeps it to itself).
/// </summary>
internal static class DependencyLabels
{
    /// <summary>The end of the gateway's own label.</summary>
    public const string Key = "dependson";

    private const string OfCompose = "com.docker.compose.depends_on";

    // Compose: types.ServiceConditionStarted and its neighbours.
    private static readonly Dictionary<string, string> s_conditions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["service_started"] = "Started",
        ["service_healthy"] = "Healthy",
        ["service_completed_successfully"] = "Completed",
    };

    /// <summary>Returns the functions that a container depends on, and the condition of each, or null for the usual one.</summary>
    /// <param name="container">The container.</param>
    /// <param name="functionOf">Returns the name of the function that a service of the container's project is, or null if it is none. What Compose alone starts is Compose's to start.</param>
    public static IReadOnlyList<(string Name, string? Condition)> Of(LabelledContainer container, Func<string, string?> functionOf) =>
        [.. Own(container) ?? Composes(container, functionOf)];

    /// <summary>Returns whether the dependencies are Compose's word, and not the gateway's own label.</summary>
    public static bool AreComposes(LabelledContainer container) => container.Find(Key) is null;

    /// <summary>Writes dependencies below a function's node.</summary>
    public static void Write(LabelledContainer container, ConfigurationNode function, IReadOnlyList<(string Name, string? Condition)> dependencies)
    {
        var place = 0;
        foreach (var (name, condition) in dependencies)
        {
            function.Set($"DependsOn:{place}:Function", name, container.Source);
            if (condition is not null)
            {
                function.Set($"DependsOn:{place}:Condition", condition, container.Source);
            }

            place++;
        }
    }

    private static IEnumerable<(string Name, string? Condition)>? Own(LabelledContainer container) => container.Find(Key) is { } written
        ? Items(written).Select(static parts => (parts[0], parts.ElementAtOrDefault(1)))
        : null;

    private static IEnumerable<(string Name, string? Condition)> Composes(LabelledContainer container, Func<string, string?> functionOf) =>
        from parts in Items(container.Labels.GetValueOrDefault(OfCompose) ?? "")
        let name = functionOf(parts[0])
        where name is not null
        select (name, parts.Length > 1 ? s_conditions.GetValueOrDefault(parts[1]) : null);

    private static IEnumerable<string[]> Items(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static item => item.Split(':', StringSplitOptions.TrimEntries));
}
