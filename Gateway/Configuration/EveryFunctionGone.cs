namespace Gateway.Configuration;

/// <summary>A file that says nothing of functions any more is rather half written, or the wrong one, than a wish to end them all.</summary>
internal static class EveryFunctionGone
{
    /// <returns>Null when functions are left, when there were none, or when the user says so: <c>"Functions": {}</c>.</returns>
    public static ConfigurationError? Refuse(GatewayOptions old, GatewayOptions now, ConfigurationNode root) =>
        old.Functions.Count == 0 || now.Functions.Count > 0 || root.Find("Gateway:Functions".AsSpan()) is { Written: true }
            ? null
            : new ConfigurationError(
                "Gateway:Functions",
                $"there are no functions any more, and {old.Functions.Count} {(old.Functions.Count == 1 ? "is" : "are")} in use; write \"Functions\": {{}} to end {(old.Functions.Count == 1 ? "it" : "them all")}.");
}
