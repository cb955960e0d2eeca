using System.Globalization;

namespace Gateway.Configuration.Labels;

/// <summary>A function that a container's labels describe, as the part of a configuration that a file would have for it.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Container">The container.</param>
/// <param name="Tree">The part of the configuration: the function, and a route if it has host names or a path. It is frozen.</param>
/// <param name="Needs">The names of the functions that it depends on.</param>
internal sealed record LabelledFunction(string Name, LabelledContainer Container, ConfigurationNode Tree, IReadOnlyList<string> Needs)
{
    private const string Functions = "Gateway:Functions";

    /// <summary>How many mistakes are told of one function.</summary>
    private const int MostMistakes = 3;

    // Labels with a meaning of their own. The others are keys of the function.
    private static readonly string[] s_own = ["enable", "gateway", "name", "hosts", "path", DependencyLabels.Key];

    private string RoutePath => $"ReverseProxy:Routes:{RouteName(Name, Container)}";

    /// <summary>Translates the labels.</summary>
    /// <param name="container">The container.</param>
    /// <param name="name">What the function is called.</param>
    /// <param name="dependencies">The functions that it depends on.</param>
    /// <returns>Returns null if they cannot be translated, for which <see cref="Refuse"/> has the reason.</returns>
    public static LabelledFunction? Translate(LabelledContainer container, string name, IReadOnlyList<(string Name, string? Condition)> dependencies)
    {
        if (Refuse(container, name) is not null)
        {
            return null;
        }

        var (root, source) = (new ConfigurationNode("", container.Source), container.Source);
        var function = root.Descend($"{Functions}:{name}", source);
        if (container.Ports is [var port] && container.Find("port") is null)
        {
            function.Set("Port", port.ToString(CultureInfo.InvariantCulture), source);
        }

        foreach (var (label, value) in Keys(container))
        {
            function.Set(label.Replace('.', ':'), value, source);
        }

        function.Set("Runtime", container.Runtime, source);
        function.Set("Container", container.Name, source);
        DependencyLabels.Write(container, function, dependencies);

        if (container.Find("hosts") is not null || container.Find("path") is not null)
        {
            var route = root.Descend($"ReverseProxy:Routes:{RouteName(name, container)}", source);
            route.Set("ClusterId", name, source);
            Copy(route, container, "hosts", "Match:Hosts");
            Copy(route, container, "path", "Match:Path");
        }

        root.Freeze();
        return new LabelledFunction(name, container, root, [.. dependencies.Select(static dependency => dependency.Name)]);
    }

    /// <summary>Puts the mistakes that its part of a configuration has into the words of its labels.</summary>
    public string Describe(IReadOnlyList<ConfigurationError> errors)
    {
        var sentences = errors.Take(MostMistakes).Select(error => $"{Where(error.Path)}: {error.Message}");
        return errors.Count <= MostMistakes ? string.Join(' ', sentences) : $"{string.Join(' ', sentences)} There are {errors.Count - MostMistakes} more.";
    }

    /// <summary>Returns what a path of the configuration is on the container.</summary>
    public string Where(string path)
    {
        var key = Below(path, $"{Functions}:{Name}") ?? (Below(path, RoutePath) is { } route ? route.StartsWith("Match:Path", StringComparison.OrdinalIgnoreCase) ? "path" : "hosts" : null);
        // The label that wrote the key may have written more than that, such as a list.
        for (var label = key?.Replace(':', '.'); !string.IsNullOrEmpty(label); label = label.LastIndexOf('.') is var dot and > 0 ? label[..dot] : null)
        {
            if (Container.Labels.Keys.FirstOrDefault(known => known.Equals(LabelledContainer.Prefix + label, StringComparison.OrdinalIgnoreCase)) is { } written)
            {
                return $"label {ReadContext.Short(written)} of container {Container.Name}";
            }
        }

        return key is null ? path : $"container {Container.Name}";
    }

    /// <summary>Returns why labels cannot be translated, in one sentence, or null if they can.</summary>
    public static string? Refuse(LabelledContainer container, string name)
    {
        if (container.Find("enable") is { } enable && !bool.TryParse(enable, out _))
        {
            return $"label {LabelledContainer.Enable} of container {container.Name}: {ReadContext.Quote(enable)} is neither true nor false.";
        }

        if (!Names.IsValid(name, Names.MaxFunctionName))
        {
            return $"{(container.Find("name") is null ? "" : "label headstart.name of ")}container {container.Name}: {ReadContext.Quote(name)} is not a function name; write the label headstart.name with 1 to {Names.MaxFunctionName} letters, digits, '.', '_' and '-', a letter or digit first.";
        }

        if (container.Ports.Count != 1 && container.Find("port") is null)
        {
            return $"container {container.Name}: it exposes {(container.Ports.Count == 0 ? "no port" : $"the ports {string.Join(", ", container.Ports)}")}; write the label headstart.port, the port that its program listens on.";
        }

        return LabelRights.Refuse(container);
    }

    private static IEnumerable<(string Label, string Value)> Keys(LabelledContainer container) => container.Labels
        .Where(static label => label.Key.StartsWith(LabelledContainer.Prefix, StringComparison.Ordinal))
        .Select(static label => (Label: label.Key[LabelledContainer.Prefix.Length..], label.Value))
        .Where(static label => !s_own.Contains(label.Label, StringComparer.OrdinalIgnoreCase))
        .OrderBy(static label => label.Label, StringComparer.Ordinal);

    private static void Copy(ConfigurationNode route, LabelledContainer container, string label, string key)
    {
        if (container.Find(label) is { } value)
        {
            route.Set(key, value, container.Source);
        }
    }

    private static string RouteName(string name, LabelledContainer container) => $"{name}@{container.Runtime.ToLowerInvariant()}";

    private static string? Below(string path, string parent) =>
        path.Equals(parent, StringComparison.OrdinalIgnoreCase) ? ""
        : path.StartsWith(parent + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase) ? path[(parent.Length + 1)..]
        : null;
}
