namespace Gateway.Configuration;

/// <summary>
/// A text in which each <c>*</c> stands for any number of characters, none included. Two are equal if they are written alike. A match searches the pieces between the
/// stars from left to right and never goes back.
/// </summary>
/// <param name="pattern">The text.</param>
/// <param name="comparison"><see cref="StringComparison.Ordinal"/> or <see cref="StringComparison.OrdinalIgnoreCase"/>.</param>
internal sealed class Wildcard(string pattern, StringComparison comparison) : IEquatable<Wildcard>
{
    private readonly string[] _pieces = pattern.Split('*');

    /// <summary>Returns whether a whole text is what the pattern describes. It allocates nothing.</summary>
    public bool Matches(ReadOnlySpan<char> text)
    {
        var (first, last) = (_pieces[0], _pieces[^1]);
        if (_pieces.Length == 1)
        {
            return text.Equals(first, comparison);
        }

        if (text.Length < first.Length + last.Length || !text.StartsWith(first, comparison) || !text.EndsWith(last, comparison))
        {
            return false;
        }

        // The leftmost place of each piece leaves the most room for the others.
        text = text[first.Length..^last.Length];
        foreach (var piece in _pieces.AsSpan(1..^1))
        {
            var at = text.IndexOf(piece, comparison);
            if (at < 0)
            {
                return false;
            }

            text = text[(at + piece.Length)..];
        }

        return true;
    }

    public bool Equals(Wildcard? other) => other?.ToString() == pattern;

    public override bool Equals(object? obj) => Equals(obj as Wildcard);

    public override int GetHashCode() => pattern.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => pattern;
}
