namespace Gateway.Configuration.Schema;

/// <summary>
/// What a schema can say of the texts that a reader accepts. The reader is the judge: the pattern matches every text that it accepts, and perhaps others.
/// A format stands beside the rule that it describes.
/// </summary>
/// <param name="pattern">A regular expression of ECMA-262, in which a test holds the examples against the reader.</param>
/// <param name="examples">Texts that the reader accepts, which editors offer.</param>
internal sealed class TextFormat(string pattern, params string[] examples)
{
    public string Pattern { get; } = pattern;

    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Returns a pattern of an ASCII word that matches it in any case, since ECMA-262 has no option for that inside of a pattern.</summary>
    public static string AnyCase(string word) =>
        string.Concat(word.Select(c => char.IsAsciiLetter(c) ? $"[{char.ToUpperInvariant(c)}{char.ToLowerInvariant(c)}]" : c.ToString()));

    /// <summary>Returns a pattern of the first characters of an address that has one of the schemes.</summary>
    public static string Scheme(params IEnumerable<string> schemes) => $"(?:{string.Join('|', schemes.Select(AnyCase))})://";
}
