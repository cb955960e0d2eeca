using System.Globalization;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>The part that reads single values: texts, numbers, times and words.</summary>
internal sealed partial class SectionReader
{
    private static readonly string[] DurationFormats =
        [@"h\:mm\:ss", @"hh\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"hh\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss", @"d\.hh\:mm\:ss\.FFFFFFF"];

    private static readonly TextFormat s_filePath = new($"^(?!(?:{TextFormat.AnyCase("true")}|{TextFormat.AnyCase("false")})$)");

    /// <summary>Returns a text, which may be empty, or null if it is left out or not a single value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="format">What is known of the texts that the caller accepts, which judges them itself.</param>
    public string? Text(string key, TextFormat? format = null)
    {
        _log?.Asked(key, new TextForm(format));
        return Single(key);
    }

    /// <summary>
    /// Returns the path of a file or folder, which may be empty, or null if it is left out or wrong. <c>true</c> and <c>false</c> are wrong: who writes them means a switch,
    /// and would get a file of that name.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="instead">What to write instead, as the end of a sentence.</param>
    public string? FilePath(string key, string instead)
    {
        var text = Text(key, s_filePath);
        if (text is null || !bool.TryParse(text, out _))
        {
            return text;
        }

        Error(key, $"{ReadContext.Quote(text)} is not a path; {instead}.");
        return null;
    }

    /// <summary>Returns true or false, or null if it is left out or wrong.</summary>
    public bool? Flag(string key)
    {
        _log?.Asked(key, new FlagForm());
        var text = Single(key);
        if (text is null)
        {
            return null;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        Error(key, $"{ReadContext.Quote(text)} is neither true nor false.");
        return null;
    }

    /// <summary>Returns a whole number from min to max, or null if it is left out or wrong.</summary>
    public int? Integer(string key, int min, int max)
    {
        _log?.Asked(key, new IntegerForm(min, max));
        var text = Single(key);
        if (text is null)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Error(key, string.Create(CultureInfo.InvariantCulture, $"{ReadContext.Quote(text)} is not a whole number from {min} to {max}."));
        return null;
    }

    /// <summary>Returns a whole number of 64 bits from min to max, or null if it is left out or wrong.</summary>
    public long? Long(string key, long min, long max)
    {
        _log?.Asked(key, new IntegerForm(min, max));
        var text = Single(key);
        if (text is null)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Error(key, string.Create(CultureInfo.InvariantCulture, $"{ReadContext.Quote(text)} is not a whole number from {min} to {max}."));
        return null;
    }

    /// <summary>Returns a number from min to max, written with a decimal point, or null if it is left out or wrong.</summary>
    public double? Number(string key, double min, double max)
    {
        _log?.Asked(key, new NumberForm(min, max));
        var text = Single(key);
        if (text is null)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Error(key, string.Create(CultureInfo.InvariantCulture, $"{ReadContext.Quote(text)} is not a number from {min} to {max}."));
        return null;
    }

    /// <summary>
    /// Returns a time from min to max that is written as <c>hh:mm:ss</c>, optionally with <c>d.</c> before and <c>.fff</c> after it, or null if it is
    /// left out or wrong. A number alone is wrong, because <see cref="TimeSpan.Parse(string)"/> would take "30" for 30 days.
    /// </summary>
    public TimeSpan? Duration(string key, TimeSpan min, TimeSpan max)
    {
        _log?.Asked(key, new TimeForm(min, max));
        var text = Single(key);
        if (text is null)
        {
            return null;
        }

        if (TimeSpan.TryParseExact(text, DurationFormats, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Error(key, $"{ReadContext.Quote(text)} is not a time from {Durations.Format(min)} to {Durations.Format(max)}; write hours:minutes:seconds, e.g. \"{Durations.Format(Durations.Meant(text, min, max))}\".");
        return null;
    }

    /// <summary>Returns a value of an enumeration by its name, ignoring case, or null if it is left out or wrong. Numbers are wrong.</summary>
    public T? Word<T>(string key) where T : struct, Enum
    {
        var word = Word(key, Enumeration<T>.Names);
        return word is null ? null : Enum.Parse<T>(word);
    }

    /// <summary>Returns one of the given words as it is spelt there, or null if it is left out or wrong. The user may use any case.</summary>
    public string? Word(string key, IReadOnlyList<string> words) => Word(key, words, mayBeEmpty: false);

    /// <summary>Does the same for a key of a framework, where an empty text is as good as none.</summary>
    public string? WordOrEmpty(string key, IReadOnlyList<string> words) => Word(key, words, mayBeEmpty: true);

    private string? Word(string key, IReadOnlyList<string> words, bool mayBeEmpty)
    {
        _log?.Asked(key, new WordForm(words, mayBeEmpty));
        var text = Single(key);
        if (text is null || (mayBeEmpty && text.Length == 0))
        {
            return null;
        }

        var word = words.FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word is null)
        {
            if (words is [var only])
            {
                Error(key, $"{ReadContext.Quote(text)} is not {only}, the only word that can stand here.");
                return null;
            }

            var hint = Suggestion.For(text, words) is { } near ? $"; did you mean '{near}'?" : ".";
            Error(key, $"{ReadContext.Quote(text)} is not one of {string.Join(", ", words)}{hint}");
        }

        return word;
    }

    private string? Single(string key)
    {
        var node = Ask(key);
        if (node is not { HasChildren: true })
        {
            return node?.Value;
        }

        Error(key, IsList(node) ? "expected a single value, found a list [ ... ]." : "expected a single value, found an object { ... }.");
        return null;
    }

    /// <summary>Caches the names of an enumeration.</summary>
    private static class Enumeration<T> where T : struct, Enum
    {
        public static readonly string[] Names = Enum.GetNames<T>();
    }
}
