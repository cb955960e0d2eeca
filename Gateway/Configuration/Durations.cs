using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>Times as the configuration has them, for messages.</summary>
internal static partial class Durations
{
    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(30);

    /// <summary>Returns a time as it is written: <c>hh:mm:ss</c>, with days before it and parts of a second behind it where there are any.</summary>
    public static string Format(TimeSpan time) => time.ToString(time.Days > 0 ? @"d\.hh\:mm\:ss\.FFFFFFF" : @"hh\:mm\:ss\.FFFFFFF", CultureInfo.InvariantCulture).TrimEnd('.');

    /// <summary>Returns the time that was meant by a bare number of seconds, or by one with a unit, as other programs have them. If nothing else can be said, that is half a minute.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="min">The shortest time that is accepted.</param>
    /// <param name="max">The longest one.</param>
    public static TimeSpan Meant(string text, TimeSpan min, TimeSpan max)
    {
        if (Amount().Match(text) is not { Success: true } amount)
        {
            return s_usual;
        }

        var number = double.Parse(amount.Groups["number"].Value, CultureInfo.InvariantCulture);
        var meant = amount.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "m" or "min" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "d" => TimeSpan.FromDays(number),
            _ => TimeSpan.FromSeconds(number),
        };
        return meant >= min && meant <= max ? meant : s_usual;
    }

    // Six digits are eleven days of seconds, or 2,700 years of days.
    [GeneratedRegex(@"^(?<number>[0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?<unit>ms|s|m|min|h|d)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Amount();
}
