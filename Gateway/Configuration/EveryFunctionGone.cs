namespace Gateway.Configuration;

/// <summary>
/// Refuses a configuration that would end all functions. A file that has none any more is more likely to be half written, or the wrong file, than
/// a wish to end them all.
/// </summary>
internal static class EveryFunctionGone
{
    /// <returns>Returns null if there are functions, if there were none before, or if the user asks for it by <c>"Functions": {}</c>.</returns>
    /// <param name="labelled">The names of the functions that containers' labels made. They go with their containers.</param>
    public static ConfigurationError? Refuse(GatewayOptions old, GatewayOptions now, ConfigurationNode root, IReadOnlySet<string> labelled) =>
        old.Functions.Keys.All(labelled.Contains) || now.Functions.Count > 0 || root.Find("Gateway:Functions".AsSpan()) is { Written: true }
            ? null
            : new ConfigurationError(
                "Gateway:Functions",
                $"there are no functions any more, and {old.Functions.Count} {(old.Functions.Count == 1 ? "is" : "are")} in use; write \"Functions\": {{}} to end {(old.Functions.Count == 1 ? "it" : "them all")}.");
}
