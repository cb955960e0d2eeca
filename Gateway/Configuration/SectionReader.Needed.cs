namespace Gateway.Configuration;

/// <summary>The part that asks for keys that cannot be left out. What to tell the user is the caller's matter.</summary>
internal sealed partial class SectionReader
{
    /// <summary>Tells what <see cref="Has"/> does of a key that is an error if it is left out, whatever the other keys are.</summary>
    public bool HasNeeded(string key)
    {
        _log?.Need(key);
        return Has(key);
    }

    /// <summary>Tells what <see cref="HasContent"/> does of a key that is an error if it is left out, whatever the other keys are.</summary>
    public bool HasNeededContent(string key)
    {
        _log?.Need(key);
        return HasContent(key);
    }

    /// <summary>Tells whether one of the keys has content, of which it is an error to leave out all.</summary>
    public bool HasNeededContent(params IReadOnlyList<string> keys)
    {
        _log?.NeedAny(keys);
        return keys.Any(HasContent);
    }

    /// <summary>Returns those of the keys that are there. It is an error if that is not exactly one.</summary>
    public IReadOnlyList<string> HasOneOf(IReadOnlyList<string> keys)
    {
        _log?.NeedOne(keys);
        return [.. keys.Where(Has)];
    }

    /// <summary>
    /// Returns the texts of an object by name, with null for what is not a single value, which is noted as an error. It is an error if none of them has
    /// one of the leading names.
    /// </summary>
    public IReadOnlyList<(string Name, string? Text)> AnyTexts(IReadOnlyList<string> leading)
    {
        _log?.TakeAnyTexts(leading);
        return [.. (Node?.Children ?? []).Select(child => (child.Name, Single(child.Name)))];
    }
}
