namespace Gateway.Configuration;

// What the compiler makes for a record compares lists by reference, so every reload would be a change of every function.
internal sealed partial record FunctionOptions
{
    public bool Equals(FunctionOptions? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Name == other.Name
            && Run.Equals(other.Run)
            && Listen.SequenceEqual(other.Listen)
            && Route == other.Route
            && SynId == other.SynId
            && WakeOn == other.WakeOn
            && Protocol == other.Protocol
            && Ready == other.Ready
            && Hold == other.Hold
            && ActivityTimeout == other.ActivityTimeout
            && Idle == other.Idle
            && Scale == other.Scale
            && Hosts.SequenceEqual(other.Hosts, StringComparer.Ordinal));

    public override int GetHashCode() => HashCode.Combine(Name, Run, SynId, Listen.Count);

    /// <summary>
    /// Whether an instance started for the one can go on serving the other: by <see cref="RunOptions.Fingerprint"/>.
    /// All else (timeouts, addresses, hosts, scale) can change under a running instance.
    /// </summary>
    public bool RunsLike(FunctionOptions other) => ReferenceEquals(Run, other.Run) || Run.Fingerprint == other.Run.Fingerprint;
}
