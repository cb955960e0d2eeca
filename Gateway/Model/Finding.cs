namespace Gateway.Model;

/// <summary>What a check of the machine comes to.</summary>
internal enum FindingState
{
    /// <summary>The machine has what the configuration wants.</summary>
    Ok,

    /// <summary>Something that the configuration wants is not there, which costs time or a feature.</summary>
    Missing,

    /// <summary>A fact, or something absent that the configuration does not ask for.</summary>
    Note,
}

/// <summary>What one check of the machine has found.</summary>
/// <param name="State">What it comes to.</param>
/// <param name="Name">What was looked at, in a word or two that no other check has.</param>
/// <param name="Found">What was found, in one sentence without a full stop.</param>
/// <param name="Cost">What it costs that something is missing: milliseconds that were measured, or the feature that is lost. Null unless something is missing.</param>
/// <param name="Mend">The command or the setting that mends it. Null unless something is missing.</param>
internal sealed record Finding(FindingState State, string Name, string Found, string? Cost, string? Mend)
{
    /// <summary>Makes the finding that all is there.</summary>
    public static Finding Ok(string name, string found) => new(FindingState.Ok, name, found, Cost: null, Mend: null);

    /// <summary>Makes a finding that nothing follows from.</summary>
    public static Finding Note(string name, string found) => new(FindingState.Note, name, found, Cost: null, Mend: null);

    /// <summary>Makes the finding that something is absent.</summary>
    /// <param name="isWanted">Whether the configuration wants it. If not, the finding is a note.</param>
    /// <param name="name">What was looked at.</param>
    /// <param name="found">What was found.</param>
    /// <param name="cost">What its absence costs.</param>
    /// <param name="mend">What mends it.</param>
    public static Finding Lack(bool isWanted, string name, string found, string cost, string mend) =>
        isWanted ? new(FindingState.Missing, name, found, cost, mend) : Note(name, found);
}
