using Gateway.Model;

namespace Gateway.Activation;

/// <summary>What a function occupies at one moment.</summary>
/// <param name="Tier">Its most awake instance's.</param>
/// <param name="MayRest">Nobody uses it or waits for it, and its configuration lets it rest.</param>
/// <param name="Staying">For each instance that stays in its tier, the directories of which one is its cgroup.</param>
/// <param name="Leaving">The same for each instance that is on its way to a deeper tier.</param>
internal sealed record Occupancy(Tier Tier, bool MayRest, IReadOnlyList<IReadOnlyList<string>> Staying, IReadOnlyList<IReadOnlyList<string>> Leaving);
