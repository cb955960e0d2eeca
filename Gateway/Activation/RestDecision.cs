using Gateway.Model;

namespace Gateway.Activation;

/// <summary>The answer of a rest policy.</summary>
/// <param name="Tier">The tier to rest in, which is one of the question's. If it is not deeper than the current one, the instance stays.</param>
/// <param name="Reason">The reason in one sentence, for the log and for <c>GET /api/functions/{name}</c>.</param>
/// <param name="LookAgain">The time after which to ask again, or null if that is not needed before something happens.</param>
/// <param name="WakeIn">The time until a request is expected, when the function is to be woken without one, or null if none is expected.</param>
internal sealed record RestDecision(Tier Tier, string Reason, TimeSpan? LookAgain = null, TimeSpan? WakeIn = null);
