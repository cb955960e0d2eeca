using Gateway.Activation.Bonds;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>The question to a rest policy.</summary>
/// <param name="Function">The options of the function.</param>
/// <param name="Tiers">The tiers that its instances can be in, from the deepest to <see cref="Tier.Running"/>.</param>
/// <param name="Current">The tier in which the instance rests or runs now.</param>
/// <param name="Idle">The time since the last use.</param>
/// <param name="OpenConnections">The number of open client connections that last used the function, whose next request has no SYN.</param>
/// <param name="Missing">Why it lacks a tier that it has a use for, or null if it lacks none.</param>
internal readonly record struct RestQuestion(
    FunctionOptions Function,
    IReadOnlyList<Tier> Tiers,
    Tier Current,
    TimeSpan Idle,
    int OpenConnections,
    string? Missing = null)
{
    /// <summary>Gets the deepest tier in which other functions let it rest, or null if none of them needs it.</summary>
    public RestBound? Bound { get; init; }
}
