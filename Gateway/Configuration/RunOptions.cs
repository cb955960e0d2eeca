namespace Gateway.Configuration;

/// <summary>
/// What to run and how: the part of a function that its runtime has read. Two are equal when they say the same, lists and maps included, so each runtime's
/// record has an <c>Equals</c> of its own, by the base's and by what the fingerprint leaves out.
/// </summary>
/// <param name="Runtime">The runtime's <see cref="IRunReader.Name"/>.</param>
internal abstract record RunOptions(string Runtime)
{
    /// <summary>The port that the program listens on, 1 to 65535; null: the runtime chooses one for each instance.</summary>
    public int? Port { get; init; }

    /// <summary>
    /// The one answer to "is it the same program?": a text that is equal exactly when the programs are. It holds every key that shapes what an instance is
    /// and what its start costs (<see cref="ProgramFingerprint"/> makes it). An instance may go on serving when it stays the same, what was measured of
    /// wakes holds for it, and an engine's containers are found again by it.
    /// </summary>
    public abstract string Fingerprint { get; }

    /// <summary>The port of this machine that an instance takes for itself; null when every instance has its own.</summary>
    public virtual int? OwnPort => null;

    /// <summary>What ends the sentence that several instances cannot all listen on the <see cref="OwnPort"/>: how they could.</summary>
    public virtual string OwnPortRemedy => "; leave Port out.";

    /// <summary>Compares the fingerprints.</summary>
    public virtual bool Equals(RunOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && EqualityContract == other.EqualityContract && Fingerprint == other.Fingerprint);

    public override int GetHashCode() => HashCode.Combine(Runtime, Port);
}
