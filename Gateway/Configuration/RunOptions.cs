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

    /// <summary>What is run, for people: an image, or a program without its arguments.</summary>
    public abstract string Program { get; }

    /// <summary>The port of this machine that an instance takes for itself, or null if each instance has one of its own.</summary>
    public virtual int? OwnPort => null;

    /// <summary>The end of the error that several instances cannot all listen on the <see cref="OwnPort"/>, which says how they could.</summary>
    public virtual string OwnPortRemedy => "; leave Port out.";

    /// <summary>
    /// What of its runtime only this function may use, as in "the container 'nextcloud'", or null if there is no such thing. Two functions that use the same would each
    /// take the other's doing for somebody else's.
    /// </summary>
    public virtual string? Alone => null;

    /// <summary>The key that names what <see cref="Alone"/> says.</summary>
    public virtual string AloneKey => "";

    /// <summary>Whether what runs belongs to the user, so that it goes on as it is when the function is taken out of the configuration.</summary>
    public virtual bool IsUsers => false;

    /// <summary>Returns what the function's other keys ask for and the program cannot have, as keys of the function and sentences.</summary>
    public virtual IEnumerable<(string Key, string Message)> Judge(FunctionOptions function) => [];

    /// <summary>Compares the types and the fingerprints.</summary>
    public virtual bool Equals(RunOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && EqualityContract == other.EqualityContract && Fingerprint == other.Fingerprint);

    public override int GetHashCode() => HashCode.Combine(Runtime, Port);
}
