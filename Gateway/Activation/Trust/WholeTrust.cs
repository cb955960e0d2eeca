namespace Gateway.Activation.Trust;

/// <summary>How far all signals are trusted, so that sources without number cannot do what one of them may not.</summary>
internal sealed class WholeTrust() : TrustSubject(TrustScope.Whole, FewestWakes)
{
    /// <summary>More than what a single function or group of sources can waste before it is restricted itself.</summary>
    public const int FewestWakes = 20;

    /// <inheritdoc/>
    public override string Name => "All";
}
