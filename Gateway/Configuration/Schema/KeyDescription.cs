using System.Text.RegularExpressions;

namespace Gateway.Configuration.Schema;

/// <summary>One key of a table.</summary>
/// <param name="Key">The key's path, or the end of it.</param>
/// <param name="Sections">A text that holds the names of the sections at the top in which the key is.</param>
/// <param name="Does">What it does, in the page's own Markdown; empty if the table does not say it.</param>
/// <param name="Otherwise">What holds if it is left out, likewise.</param>
internal sealed partial record KeyDescription(string Key, string Sections, string Does, string Otherwise)
{
    /// <summary>What it does and what its default is, in sentences without Markdown; null if the table says neither.</summary>
    public string? Text
    {
        get
        {
            var (does, otherwise) = (Plain(Does), Plain(Otherwise));
            var what = does.Length == 0 ? "" : $"{Capital(does).TrimEnd('.')}.";
            var left = otherwise.Length == 0 || otherwise.StartsWith("needed", StringComparison.Ordinal) ? "" : $"Default: {otherwise}.";
            var all = $"{what} {left}".Trim();
            return all.Length == 0 ? null : all;
        }
    }

    /// <summary>Tells whether this is about the key at a path.</summary>
    public bool Describes(string path) =>
        (path.Equals(Key, StringComparison.Ordinal) || path.EndsWith($":{Key}", StringComparison.Ordinal))
        && Sections.Contains(path.Split(':', 2)[0], StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns a text whose first letter is a capital.</summary>
    public static string Capital(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";

    // An editor shows the text of a link and no more, so it says which folder the page is in.
    private static string Plain(string cell) => PageLink().Replace(cell, "docs/${text}").Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\[(?<text>[^\]]+\.md[^\]]*)\]\([^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PageLink();
}
