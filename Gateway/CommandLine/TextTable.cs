using System.Text;

namespace Gateway.CommandLine;

/// <summary>Aligns rows of text. What it is given may come from elsewhere: control characters are left out.</summary>
/// <param name="headings">The columns. The last one is cut first if there is not room for all.</param>
internal sealed class TextTable(params string[] headings)
{
    private const int Gap = 2;

    /// <summary>The narrowest last column, in characters. A narrower terminal cuts the whole line.</summary>
    private const int NarrowestLast = 8;

    private const string Cut = "...";

    private readonly List<string[]> _rows = [headings];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(cell => TerminalText.OneLine(cell).Replace('\t', ' '))]);

    /// <summary>Returns the heading and the rows.</summary>
    /// <param name="width">The width that a line has at most, in characters, or null if lines may have any.</param>
    public IEnumerable<string> Lines(int? width)
    {
        var last = headings.Length - 1;
        var widths = Enumerable.Range(0, last).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var used = widths.Sum() + (Gap * last);
        var room = width is { } most ? Math.Max(most - used, NarrowestLast) : int.MaxValue;
        return _rows.Select(row =>
        {
            var line = new StringBuilder();
            for (var column = 0; column < last; column++)
            {
                line.Append(row[column].PadRight(widths[column] + Gap));
            }

            return Fit(line.Append(Fit(row[last], room)).ToString().TrimEnd(), width ?? int.MaxValue);
        });
    }

    private static string Fit(string text, int width) =>
        text.Length <= width ? text : width <= Cut.Length ? text[..width] : string.Concat(text.AsSpan(0, width - Cut.Length), Cut);
}
