using Gateway.Model;

namespace Gateway.Activation;

/// <summary>What a function occupies at one moment.</summary>
/// <param name="Tier">Its most awake instance's.</param>
/// <param name="MayRest">Nobody uses it or waits for it, and its configuration lets it rest.</param>
/// <param name="Staying">Of each instance that stays where it is, where its cgroup may be.</param>
/// <param name="Leaving">The same of those that are on their way to a deeper tier.</param>
public sealed record Occupancy(Tier Tier, bool MayRest, IReadOnlyList<IReadOnlyList<string>> Staying, IReadOnlyList<IReadOnlyList<string>> Leaving);
