using Gateway.Model;

namespace Gateway.Runtimes;

/// <summary>The tiers that the instances of one function can be in.</summary>
/// <param name="All">The tiers, from the deepest to <see cref="Tier.Running"/>.</param>
/// <param name="Missing">
/// One sentence without a full stop that says why it lacks a tier of its runtime that it has a use for, or null if it lacks none.
/// </param>
internal readonly record struct FunctionTiers(IReadOnlyList<Tier> All, string? Missing = null);
