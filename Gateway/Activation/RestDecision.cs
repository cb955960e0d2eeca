using Gateway.Model;

namespace Gateway.Activation;

/// <summary>What a policy answers.</summary>
/// <param name="Tier">Where it should rest; one of the question's tiers. Not deeper than now: it stays.</param>
/// <param name="Reason">One sentence for the log and for <c>GET /api/functions/{name}</c>.</param>
/// <param name="LookAgain">When to ask again; null: not before something happens.</param>
/// <param name="WakeIn">When a request is expected: wake it then, with nobody waiting. Null: nothing is expected.</param>
internal sealed record RestDecision(Tier Tier, string Reason, TimeSpan? LookAgain = null, TimeSpan? WakeIn = null);
