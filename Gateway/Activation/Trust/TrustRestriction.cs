using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>Says which signal is needed for now, and why.</summary>
/// <param name="Needs">The earliest kind of signal that wakes.</param>
/// <param name="Reason">The reason in one sentence.</param>
internal sealed record TrustRestriction(SignalKind Needs, string Reason);
