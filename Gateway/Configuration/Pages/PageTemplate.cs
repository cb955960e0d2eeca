using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Configuration.Pages;

/// <summary>A page with words in double braces, such as <c>{{host}}</c>, for which each answer has a value. It also says what the page may load and run.</summary>
internal sealed partial class PageTemplate
{
    /// <summary>The words that there are.</summary>
    public static readonly IReadOnlyList<string> Words = ["function", "host", "title", "detail", "state", "phase", "elapsed", "typical", "retry-after", "events", "assets", "request"];

    private readonly string[] _texts;
    private readonly string[] _words;

    private PageTemplate(string[] texts, string[] words, string securityPolicy) => (_texts, _words, SecurityPolicy) = (texts, words, securityPolicy);

    /// <summary>
    /// Gets the policy (Content Security Policy 3): of scripts and styles the page may have those that are in it, by their hashes, and those of its own host; it loads nothing from
    /// other hosts, and is shown in no frame.
    /// </summary>
    public string SecurityPolicy { get; }

    /// <summary>Reads a page.</summary>
    /// <param name="html">The page.</param>
    /// <param name="hasAssets">Whether files of its own host belong to it.</param>
    /// <returns>Returns the page, or what is wrong with it as a clause whose subject is the page.</returns>
    public static (PageTemplate? Template, string? Mistake) Parse(string html, bool hasAssets)
    {
        var (scripts, styles) = (Inline(html, "script"), Inline(html, "style"));
        foreach (var (element, _, text) in scripts.Concat(styles))
        {
            // The value would change the hash, and nothing encodes it for a script.
            if (Word().Match(text) is { Success: true } inside)
            {
                return (null, $"has {inside.Value} inside a <{element}>, where it cannot be replaced; write it into an attribute, e.g. <body data-events=\"{{{{events}}}}\">");
            }
        }

        var (texts, words, at) = (new List<string>(), new List<string>(), 0);
        foreach (Match match in Word().Matches(html))
        {
            var word = match.Groups["word"].Value;
            if (!Words.Contains(word, StringComparer.Ordinal))
            {
                var hint = Suggestion.For(word, Words) is { } near ? $"did you mean {{{{{near}}}}}?" : $"there are {string.Join(", ", Words)}";
                return (null, $"has the unknown word {ReadContext.Quote(match.Value)}; {hint}");
            }

            texts.Add(html[at..match.Index]);
            words.Add(word);
            at = match.Index + match.Length;
        }

        texts.Add(html[at..]);
        var own = hasAssets ? " 'self'" : "";
        var policy = $"default-src 'none'; script-src{Sources(own, scripts)}; style-src{Sources(own, styles)}; style-src-attr 'unsafe-inline'; img-src data:{own}; font-src data:{own}; media-src data:{own}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return (new PageTemplate([.. texts], [.. words], policy), null);
    }

    /// <summary>Returns the page with its words replaced.</summary>
    /// <param name="value">Returns the value of a word, which is encoded for text and attributes of HTML.</param>
    public string Render(Func<string, string> value)
    {
        var page = new StringBuilder(_texts[0]);
        for (var i = 0; i < _words.Length; i++)
        {
            page.Append(WebUtility.HtmlEncode(value(_words[i]))).Append(_texts[i + 1]);
        }

        return page.ToString();
    }

    private static string Sources(string own, List<(string Element, string Tag, string Text)> inline)
    {
        var sources = own + string.Concat(inline.Where(static part => !part.Tag.Contains("src=", StringComparison.OrdinalIgnoreCase))
            .Select(static part => $" 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(part.Text)))}'").Distinct(StringComparer.Ordinal));
        return sources.Length == 0 ? " 'none'" : sources;
    }

    // What is between the tags, exactly: a browser hashes that. Its parser makes one line end of each of the three kinds.
    private static List<(string Element, string Tag, string Text)> Inline(string html, string element)
    {
        var found = new List<(string, string, string)>();
        for (var at = 0; (at = html.IndexOf($"<{element}", at, StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            var (name, open) = (at + 1 + element.Length, html.IndexOf('>', at));
            if (open < 0 || html.IndexOf($"</{element}", open, StringComparison.OrdinalIgnoreCase) is not (var close and >= 0))
            {
                break;
            }

            if (html[name] is '>' or '/' || char.IsWhiteSpace(html[name]))
            {
                found.Add((element, html[name..open], html[(open + 1)..close]));
            }

            at = close;
        }

        return found;
    }

    [GeneratedRegex(@"\{\{\s*(?<word>[a-z-]{1,40})\s*\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
