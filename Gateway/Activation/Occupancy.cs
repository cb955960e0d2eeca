using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Describes what a function occupies at one moment.</summary>
/// <param name="Tier">The tier of its most awake instance.</param>
/// <param name="MayRest">Whether it may rest: nothing uses it or waits for it, and its configuration allows it.</param>
/// <param name="Staying">The instances that stay in their tier.</param>
/// <param name="Leaving">The instances that are being made ahead, or are on their way to a deeper tier or to their end.</param>
internal sealed record Occupancy(Tier Tier, bool MayRest, IReadOnlyList<IInstance> Staying, IReadOnlyList<IInstance> Leaving);
