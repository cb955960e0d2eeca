using Gateway.Configuration;

namespace Gateway.Activation;

/// <summary>What a function occupies at one moment.</summary>
/// <param name="Tier">Its most awake instance's.</param>
/// <param name="MayRest">Nobody uses it or waits for it, and its configuration lets it rest.</param>
/// <param name="ComesToRest">One of its instances is on its way to a deeper tier.</param>
/// <param name="Cgroups">Of each instance, where its cgroup may be.</param>
public sealed record Occupancy(Tier Tier, bool MayRest, bool ComesToRest, IReadOnlyList<IReadOnlyList<string>> Cgroups);
