using System.Globalization;
using System.Text;

namespace Gateway.Lab.Reports;

/// <summary>A table that reads well as text and renders as Markdown.</summary>
public sealed class MarkdownTable(params IReadOnlyList<string> header)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <exception cref="ArgumentException">It has not as many cells as the header.</exception>
    public void Add(params IReadOnlyList<string> cells)
    {
        if (cells.Count != header.Count)
        {
            throw new ArgumentException($"{cells.Count} cells in a table of {header.Count} columns", nameof(cells));
        }

        _rows.Add(cells);
    }

    /// <summary>A time in milliseconds, with as many digits as it deserves.</summary>
    public static string Milliseconds(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        0 => "0",
        _ => value.ToString("0.0000", CultureInfo.InvariantCulture),
    };

    public override string ToString()
    {
        // Text to the left, numbers to the right.
        var right = Enumerable.Range(0, header.Count)
            .Select(column => _rows.Count > 0 && _rows.All(row => row[column].Length == 0 || char.IsDigit(row[column][0]) || row[column][0] is '-' or '+')).ToArray();
        var widths = Enumerable.Range(0, header.Count)
            .Select(column => Math.Max(3, _rows.Append(header).Max(row => row[column].Length))).ToArray();
        var text = new StringBuilder();
        Line(header);
        text.Append('|').AppendJoin('|', widths.Select((width, i) => right[i] ? new string('-', width + 1) + ":" : new string('-', width + 2))).Append("|\n");
        _rows.ForEach(Line);
        return text.ToString();

        void Line(IReadOnlyList<string> row) => text
            .Append("| ").AppendJoin(" | ", row.Select((cell, i) => right[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).Append(" |\n");
    }
}
