using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Lab.Reference;

/// <summary>Reads the defaults of the tables, which are written for people, as values of a configuration.</summary>
internal static partial class DefaultValues
{
    /// <summary>Returns the value, or null if the words are no single value of that form.</summary>
    /// <param name="words">What the table says, in Markdown.</param>
    /// <param name="form">What the key's value may be.</param>
    public static JsonNode? Parse(string words, KeyForm? form)
    {
        var text = words.Replace("`", "", StringComparison.Ordinal);
        return form switch
        {
            FlagForm when bool.TryParse(text, out var flag) => flag,
            IntegerForm when long.TryParse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) => number,
            NumberForm when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) => number,
            WordForm { Words: var known } when known.Contains(text, StringComparer.Ordinal) => text,
            TimeForm => Time(text),
            TextForm { Format: var format } when format == MemorySize.Written && MemorySize.TryParse(text.Replace(" ", "", StringComparison.Ordinal), out _) => text.Replace(" ", "", StringComparison.Ordinal),
            TextForm when words == $"`{text}`" => text,
            _ => null,
        };
    }

    private static JsonNode? Time(string text)
    {
        if (Amount().Match(text) is { Success: true } amount)
        {
            var number = int.Parse(amount.Groups["number"].Value, CultureInfo.InvariantCulture);
            return (amount.Groups["unit"].Value == "s" ? TimeSpan.FromSeconds(number) : TimeSpan.FromMinutes(number)).ToString("c", CultureInfo.InvariantCulture);
        }

        return text == "0" ? "00:00:00" : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out _) ? text : null;
    }

    [GeneratedRegex("^(?<number>[0-9]+) (?<unit>s|min)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Amount();
}
