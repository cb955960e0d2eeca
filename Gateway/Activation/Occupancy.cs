using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What a function occupies at one moment.</summary>
/// <param name="Tier">Its most awake instance's.</param>
/// <param name="MayRest">Nobody uses it or waits for it, and its configuration lets it rest.</param>
/// <param name="Staying">The instances that stay in their tier.</param>
/// <param name="Leaving">Those that are on their way to a deeper tier.</param>
internal sealed record Occupancy(Tier Tier, bool MayRest, IReadOnlyList<IInstance> Staying, IReadOnlyList<IInstance> Leaving);
