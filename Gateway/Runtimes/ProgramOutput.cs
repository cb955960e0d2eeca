using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Runtimes;

/// <summary>What a program wrote, made fit for a log line and a problem document: its last lines, in one.</summary>
internal static partial class ProgramOutput
{
    /// <summary>How many of its last lines are told.</summary>
    public const int MaxLines = 5;

    /// <summary>How many characters of them are told.</summary>
    public const int MaxCharacters = 500;

    /// <summary>One line without control characters and colours; of what is too long the end is kept.</summary>
    public static string Clean(string text, int maxCharacters = MaxCharacters)
    {
        var plain = Escapes().Replace(text, "");
        var lines = plain.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = new StringBuilder(string.Join(" | ", lines));
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(line[i]) ? ' ' : line[i];
        }

        return line.Length <= maxCharacters ? line.ToString() : "..." + line.ToString(line.Length - maxCharacters + 3, maxCharacters - 3);
    }

    /// <summary>ECMA-48 control sequences (CSI): colours, cursor movements.</summary>
    [GeneratedRegex(@"\e\[[0-?]*[ -/]*[@-~]", RegexOptions.NonBacktracking)]
    private static partial Regex Escapes();
}
