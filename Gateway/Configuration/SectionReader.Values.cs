using System.Globalization;

namespace Gateway.Configuration;

/// <summary>The part that reads single values: texts, numbers, times and words.</summary>
internal sealed partial class SectionReader
{
    private static readonly string[] DurationFormats =
        [@"h\:mm\:ss", @"hh\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"hh\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss", @"d\.hh\:mm\:ss\.FFFFFFF"];

    /// <summary>Returns a text, which may be empty, or null if it is left out or not a single value.</summary>
    public string? Text(string key)
    {
        var node = Ask(key);
        if (node is not { HasChildren: true })
        {
            return node?.Value;
        }

        Error(key, IsList(node) ? "expected a single value, found a list [ ... ]." : "expected a single value, found an object { ... }.");
        return null;
    }

    /// <summary>Returns true or false, or null if it is left out or wrong.</summary>
    public bool? Flag(string key)
    {
        var text = Text(key);
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
        var text = Text(key);
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
        var text = Text(key);
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
        var text = Text(key);
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
        var text = Text(key);
        if (text is null)
        {
            return null;
        }

        if (TimeSpan.TryParseExact(text, DurationFormats, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Error(key, $"{ReadContext.Quote(text)} is not a time from {min:c} to {max:c}; write hours:minutes:seconds, e.g. \"00:00:30\".");
        return null;
    }

    /// <summary>Returns a value of an enumeration by its name, ignoring case, or null if it is left out or wrong. Numbers are wrong.</summary>
    public T? Word<T>(string key) where T : struct, Enum
    {
        var word = Word(key, Enumeration<T>.Names);
        return word is null ? null : Enum.Parse<T>(word);
    }

    /// <summary>Returns one of the given words as it is spelt there, or null if it is left out or wrong. The user may use any case.</summary>
    public string? Word(string key, IReadOnlyList<string> words)
    {
        var text = Text(key);
        if (text is null)
        {
            return null;
        }

        var word = words.FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word is null)
        {
            var hint = Suggestion.For(text, words) is { } near ? $"; did you mean '{near}'?" : ".";
            Error(key, $"{ReadContext.Quote(text)} is not one of {string.Join(", ", words)}{hint}");
        }

        return word;
    }

    /// <summary>Caches the names of an enumeration.</summary>
    private static class Enumeration<T> where T : struct, Enum
    {
        public static readonly string[] Names = Enum.GetNames<T>();
    }
}
