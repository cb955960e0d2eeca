namespace Gateway.CommandLine.Explain;

/// <summary>What becomes of a request.</summary>
/// <param name="Function">The function that it is for, or null.</param>
/// <param name="Cluster">The cluster that it is for, which is not a function's if there is no function, or null.</param>
/// <param name="Route">The route that takes it, or null: one of the configuration, or none for an address of a function's own.</param>
/// <param name="Status">The status with which the gateway answers it itself, or null.</param>
/// <param name="Text">The same in sentences, with the reason.</param>
internal sealed record RequestStep(string? Function, string? Cluster, string? Route, int? Status, string Text)
{
    /// <summary>Makes a step that leads to nobody.</summary>
    public static RequestStep Nothing(string text, int? status = null) => new(Function: null, Cluster: null, Route: null, status, text);
}
