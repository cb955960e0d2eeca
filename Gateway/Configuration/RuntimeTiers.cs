using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>The tiers that each runtime has, the deepest first, <see cref="Tier.Running"/> last.</summary>
internal static class RuntimeTiers
{
    private static readonly Tier[] Freezing = [Tier.Stopped, Tier.Paused, Tier.Running];

    private static readonly Tier[] All = [Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running];

    public static IReadOnlyList<Tier> Of(RuntimeKind runtime) => runtime switch
    {
        RuntimeKind.Process or RuntimeKind.Docker => Freezing,
        RuntimeKind.Podman => All,
        _ => throw new ArgumentOutOfRangeException(nameof(runtime), runtime, "A runtime without tiers."),
    };
}
