namespace Gateway.Configuration.Schema;

/// <summary>What the value of a key may be: any of what is not null here.</summary>
internal sealed record KeyShape
{
    /// <summary>The form of a single value.</summary>
    public KeyForm? Scalar { get; init; }

    /// <summary>An object of known keys.</summary>
    public SectionShape? Section { get; init; }

    /// <summary>The entries of an object whose keys are names that the user chooses.</summary>
    public KeyShape? Entry { get; init; }

    /// <summary>What is known of these names, or null if they are any.</summary>
    public TextFormat? EntryNames { get; init; }

    /// <summary>The items of a list.</summary>
    public KeyShape? Item { get; init; }
}

/// <summary>What an object of known keys may have.</summary>
/// <param name="Keys">The keys in the order in which they are read.</param>
/// <param name="Log">What else is known of the section.</param>
internal sealed record SectionShape(IReadOnlyList<(string Key, KeyShape Shape)> Keys, SectionLog Log)
{
    /// <summary>The key whose word decides which other keys there are, or null if there is none.</summary>
    public string? Discriminator { get; init; }

    /// <summary>What the section may have for each word of <see cref="Discriminator"/>.</summary>
    public IReadOnlyList<(string Word, SectionShape Shape)> Variants { get; init; } = [];
}
