using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>How far the signals of a group of sources are trusted.</summary>
internal sealed class GroupTrust(SourceGroup group) : TrustSubject(TrustScope.Group, FunctionTrust.FewestWakes)
{
    /// <summary>Gets the group.</summary>
    public SourceGroup Group => group;

    /// <inheritdoc/>
    public override string Name => group.ToString();
}
