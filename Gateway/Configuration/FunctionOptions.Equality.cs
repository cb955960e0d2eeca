namespace Gateway.Configuration;

// The compiler's own Equals of a record compares lists by reference, which would make every reload a change of every function.
internal sealed partial record FunctionOptions
{
    public bool Equals(FunctionOptions? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Name == other.Name
            && Run.Equals(other.Run)
            && Listen.SequenceEqual(other.Listen)
            && Sni.SequenceEqual(other.Sni, StringComparer.Ordinal)
            && SendProxyProtocol == other.SendProxyProtocol
            && WrittenDirect == other.WrittenDirect
            && Route == other.Route
            && SynId == other.SynId
            && WakeOn == other.WakeOn
            && Access == other.Access
            && Protocol == other.Protocol
            && Ready == other.Ready
            && Hold == other.Hold
            && Async == other.Async
            && ActivityTimeout == other.ActivityTimeout
            && Idle == other.Idle
            && Scale == other.Scale
            && DependsOn.SequenceEqual(other.DependsOn)
            && Group == other.Group
            && Excludes.SequenceEqual(other.Excludes, StringComparer.Ordinal)
            && Split.SequenceEqual(other.Split)
            && IsJob == other.IsJob
            && Hosts.SequenceEqual(other.Hosts, StringComparer.Ordinal));

    public override int GetHashCode() => HashCode.Combine(Name, Run, SynId, Listen.Count);

    /// <summary>
    /// Tells whether an instance that was started for one of the two can go on serving the other, which <see cref="RunOptions.Fingerprint"/> decides.
    /// Everything else (timeouts, addresses, hosts, scale) can change while an instance runs.
    /// </summary>
    public bool RunsLike(FunctionOptions other) => ReferenceEquals(Run, other.Run) || Run.Fingerprint == other.Run.Fingerprint;
}
