namespace Gateway.Runtimes.Engines.Gates;

/// <summary>Says whether the containers of a function have a gate.</summary>
/// <param name="IsWanted">Whether the function's <c>Idle</c> section has a use for the tier that a gate gives.</param>
/// <param name="Missing">One sentence without a full stop that says why there is none although it is wanted, or null if there is one.</param>
internal readonly record struct GateChoice(bool IsWanted, string? Missing)
{
    /// <summary>Gets whether containers are made with a gate.</summary>
    public bool Has => IsWanted && Missing is null;
}
