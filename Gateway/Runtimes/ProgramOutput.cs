using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Runtimes;

/// <summary>Cleans what a program wrote for a log line or a problem document.</summary>
internal static partial class ProgramOutput
{
    /// <summary>The number of last lines that are shown.</summary>
    public const int MaxLines = 5;

    /// <summary>The number of characters of these lines that are shown.</summary>
    public const int MaxCharacters = 500;

    /// <summary>Returns the text as one line without control characters and colours. If that is too long, only its end is kept.</summary>
    public static string Clean(string text, int maxCharacters = MaxCharacters)
    {
        if (text.Length <= maxCharacters && !text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
        {
            return text.Trim(); // what most programs write, while they start
        }

        var plain = Escapes().Replace(text, "");
        var lines = plain.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = new StringBuilder(string.Join(" | ", lines));
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(line[i]) ? ' ' : line[i];
        }

        return line.Length <= maxCharacters ? line.ToString() : "..." + line.ToString(line.Length - maxCharacters + 3, maxCharacters - 3);
    }

    /// <summary>
    /// Returns a line as a terminal may show it: without colours and cursor movements, and with a space for each other character that could do more than
    /// be seen, among them those that turn the direction of text (Unicode's bidirectional algorithm, UAX #9). Tabs stay.
    /// </summary>
    public static string Printable(string line)
    {
        if (!line.Any(MayAct))
        {
            return line;
        }

        return string.Concat(Escapes().Replace(line, "").Select(static c => MayAct(c) ? ' ' : c));

        static bool MayAct(char c) =>
            (char.IsControl(c) && c != '\t') || c is '\u200e' or '\u200f' or '\u061c' or '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
    }

    /// <summary>
    /// Matches ECMA-48 control sequences (CSI), such as colours and cursor movements. No part of it can match what the next one begins with, so it
    /// never goes back: the time limit is never reached, and the engine of <see cref="RegexOptions.NonBacktracking"/>, which would be built while the
    /// first function starts, is not needed.
    /// </summary>
    [GeneratedRegex(@"\e\[[0-?]*[ -/]*[@-~]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escapes();
}
