namespace Gateway.Configuration.Labels;

/// <summary>
/// Says what labels may not do. Whoever makes a container or its image decides what its labels are, and that need not be somebody who may change the gateway's file: labels reach
/// their own function and its route, nothing of the gateway's machine, and nothing that the file has.
/// </summary>
internal static class LabelRights
{
    /// <summary>Keys that say what the gateway knows by itself.</summary>
    private static readonly string[] s_known = ["runtime", "container"];

    /// <summary>Returns why a container's labels are refused whatever else is configured, in one sentence, or null if they are not.</summary>
    public static string? Refuse(LabelledContainer container)
    {
        foreach (var label in container.Labels.Keys.Where(static label => label.StartsWith(LabelledContainer.Prefix, StringComparison.Ordinal)))
        {
            var key = label[LabelledContainer.Prefix.Length..];
            if (key.Contains(':', StringComparison.Ordinal))
            {
                return Sentence(container, label, "a key is written with points; write them instead of ':'.");
            }

            if (key.ToUpperInvariant().Split('.') is ["IDLE", "VETO", _, "COMMAND" or "FILE", ..] or ["HOLD", "PAGE", "THEME", ..])
            {
                return Sentence(container, label, "it names something on the gateway's own machine, which only the gateway's file may do; write it there, or remove the label.");
            }

            if (s_known.Contains(key.Split('.')[0], StringComparer.OrdinalIgnoreCase))
            {
                return Sentence(container, label, "it is this container on this engine anyhow; remove the label.");
            }
        }

        return container.Find("path") is not null && container.Find("hosts") is null
            ? Sentence(container, LabelledContainer.Prefix + "path", "without headstart.hosts it would take this path of every host; add that label.")
            : null;
    }

    /// <summary>Returns why a function by labels would change what the files say, in one sentence, or null if it would not.</summary>
    /// <param name="function">The function.</param>
    /// <param name="files">What the files say.</param>
    public static string? Refuse(LabelledFunction function, ConfigurationNode files)
    {
        var (container, own) = (function.Container, function.Tree.Find($"Gateway:Functions:{function.Name}".AsSpan()));
        var named = Values(own?.Find("Excludes"))
            .Concat((own?.Find("Split")?.Children ?? []).Select(static share => share.Find("Function")?.Value))
            .Concat((own?.Find("DependsOn")?.Children ?? []).Where(static one => one.Find("Condition")?.Value is { } condition && condition.Equals("Completed", StringComparison.OrdinalIgnoreCase)).Select(static one => one.Find("Function")?.Value));
        if (named.OfType<string>().FirstOrDefault(name => files.Find($"Gateway:Functions:{name}".AsSpan()) is not null) is { } other)
        {
            return $"container {container.Name}: its labels would have a say in when {ReadContext.Quote(other)} runs or what it answers, which is a function of the gateway's file; write that there.";
        }

        if (own?.Find("Group")?.Value is { } group
            && (files.Find("Gateway:Functions".AsSpan())?.Children ?? []).Any(entry => string.Equals(entry.Find("Group")?.Value, group, StringComparison.OrdinalIgnoreCase)))
        {
            return $"label {LabelledContainer.Prefix}group of container {container.Name}: functions of the gateway's file are in the group {ReadContext.Quote(group)}; write another name.";
        }

        var taken = (files.Find("ReverseProxy:Routes".AsSpan())?.Children ?? []).SelectMany(static route => Values(route.Find("Match")?.Find("Hosts"))).OfType<string>().ToArray();
        return (container.Find("hosts") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(host => Array.Exists(taken, of => IsOf(host, of))) is { } host
            ? $"label {LabelledContainer.Prefix}hosts of container {container.Name}: {ReadContext.Quote(host)} is a host of a route in the gateway's file; write another one, or write the route there."
            : null;
    }

    private static IEnumerable<string?> Values(ConfigurationNode? list) => list is null ? [] : list.Value is { } text ? text.Split(',', StringSplitOptions.TrimEntries) : list.Children.Select(static item => item.Value);

    // A wildcard of the file's has all below it: *.shop.example.
    private static bool IsOf(string host, string taken) =>
        host.Equals(taken, StringComparison.OrdinalIgnoreCase) || (taken.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(taken[1..], StringComparison.OrdinalIgnoreCase));

    private static string Sentence(LabelledContainer container, string label, string mistake) => $"label {ReadContext.Short(label)} of container {container.Name}: {mistake}";
}
