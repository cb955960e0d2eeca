using Gateway.Model;

namespace Gateway.Activation.Bonds;

/// <summary>The deepest tier in which other functions let one rest.</summary>
/// <param name="Floor">The tier. The function may lack it; then the next one above takes its place.</param>
/// <param name="Reason">Who needs it, in one sentence.</param>
/// <param name="LookAgain">The time after which to ask again, or null if a change of the other function is told.</param>
internal sealed record RestBound(Tier Floor, string Reason, TimeSpan? LookAgain);
