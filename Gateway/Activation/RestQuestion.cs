using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>What a policy is asked.</summary>
/// <param name="Function">Its options.</param>
/// <param name="Tiers">What its runtime has, the deepest first, <see cref="Tier.Running"/> last.</param>
/// <param name="Current">Where it rests or runs now.</param>
/// <param name="Idle">Time since its last use.</param>
/// <param name="OpenConnections">Client connections that last used it and are still open: their next request has no SYN.</param>
internal readonly record struct RestQuestion(
    FunctionOptions Function,
    IReadOnlyList<Tier> Tiers,
    Tier Current,
    TimeSpan Idle,
    int OpenConnections);
