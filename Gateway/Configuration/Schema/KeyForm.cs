namespace Gateway.Configuration.Schema;

/// <summary>How a reader asked for a key. Each form stands for the methods of <see cref="SectionReader"/> that expect a value of that kind.</summary>
internal abstract record KeyForm;

/// <summary>Only whether the key is there was asked.</summary>
/// <param name="MayBeText">Whether the reader asked if it is a text, and so takes texts and something else.</param>
internal sealed record PresenceForm(bool MayBeText) : KeyForm;

/// <summary>A text.</summary>
/// <param name="Format">What is known of the texts that are accepted, or null if it is any.</param>
internal sealed record TextForm(TextFormat? Format) : KeyForm;

/// <summary>True or false.</summary>
internal sealed record FlagForm : KeyForm;

/// <summary>A whole number of a range.</summary>
internal sealed record IntegerForm(long Min, long Max) : KeyForm;

/// <summary>A number of a range.</summary>
internal sealed record NumberForm(double Min, double Max) : KeyForm;

/// <summary>A time of a range, as hours:minutes:seconds.</summary>
internal sealed record TimeForm(TimeSpan Min, TimeSpan Max) : KeyForm;

/// <summary>One of some words.</summary>
/// <param name="Words">The words.</param>
/// <param name="MayBeEmpty">Whether an empty text stands for none.</param>
internal sealed record WordForm(IReadOnlyList<string> Words, bool MayBeEmpty = false) : KeyForm;

/// <summary>An object of known keys.</summary>
internal sealed record SectionForm : KeyForm;

/// <summary>An object whose keys are names that the user chooses.</summary>
/// <param name="Names">What is known of the names, or null if they are any.</param>
internal sealed record NamedForm(TextFormat? Names) : KeyForm;

/// <summary>An object of texts whose keys are names that the user chooses.</summary>
/// <param name="Names">What is known of the names, or null if they are any.</param>
internal sealed record TextsByNameForm(TextFormat? Names) : KeyForm;

/// <summary>A list.</summary>
/// <param name="Text">The form of its texts, or null if no item may be one.</param>
/// <param name="HasObjects">Whether items may be objects of known keys.</param>
internal sealed record ListForm(KeyForm? Text, bool HasObjects) : KeyForm;
