namespace Gateway.Activation.Trust;

/// <summary>How far the signals for a function are trusted.</summary>
internal sealed class FunctionTrust(Function function) : TrustSubject(TrustScope.Function, FewestWakes)
{
    /// <summary>Fewer wakes may have come to nothing by chance, and do little harm.</summary>
    public const int FewestWakes = 3;

    /// <summary>Gets the function.</summary>
    public Function Function => function;

    /// <inheritdoc/>
    public override string Name => function.Name;
}
