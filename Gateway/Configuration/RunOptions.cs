namespace Gateway.Configuration;

/// <summary>
/// What to run and how: the part of a function that its runtime has read. Two are equal if they say the same, lists and maps included. So the record
/// of each runtime has an <c>Equals</c> of its own, which calls the base's and compares what the fingerprint leaves out.
/// </summary>
/// <param name="Runtime">The runtime's <see cref="IRunReader.Name"/>.</param>
internal abstract record RunOptions(string Runtime)
{
    /// <summary>The port on which the program listens, 1 to 65535, or null if the runtime chooses one for each instance.</summary>
    public int? Port { get; init; }

    /// <summary>
    /// A text that is equal for two functions exactly if they run the same program. It holds every key that shapes what an instance is and what its
    /// start costs, and is made by <see cref="ProgramFingerprint"/>. As long as it stays the same instances go on serving after a reload, measured
    /// wakes hold, and an engine's containers are found again.
    /// </summary>
    public abstract string Fingerprint { get; }

    /// <summary>The port of this machine that an instance takes for itself, or null if each instance has one of its own.</summary>
    public virtual int? OwnPort => null;

    /// <summary>The end of the error that several instances cannot all listen on the <see cref="OwnPort"/>, which says how they could.</summary>
    public virtual string OwnPortRemedy => "; leave Port out.";

    /// <summary>Compares the types and the fingerprints.</summary>
    public virtual bool Equals(RunOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && EqualityContract == other.EqualityContract && Fingerprint == other.Fingerprint);

    public override int GetHashCode() => HashCode.Combine(Runtime, Port);
}
