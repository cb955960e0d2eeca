using System.Globalization;
using System.Text;
using Gateway.Lab;

namespace Gateway.Tests.House;

/// <summary>A block of JSON in the documentation.</summary>
/// <param name="Place">The page and the line in which the block begins.</param>
/// <param name="Note">The HTML comment above the block, which says what the block is; empty if there is none.</param>
/// <param name="Text">The lines of the block.</param>
internal sealed record DocumentedBlock(string Place, string Note, string Text);

/// <summary>Finds the blocks of JSON in README.md and docs/.</summary>
internal static class DocumentedBlocks
{
    private const string Fence = "```", Json = "```json", Begin = "<!-- ", End = " -->";

    /// <summary>Returns the paths of all pages, relative to the source tree.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        "README.md",
        .. Directory.EnumerateFiles(SourceTree.Path("docs"), "*.md", SearchOption.AllDirectories).Select(page => Path.GetRelativePath(SourceTree.Root, page)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Returns the blocks of all pages by their places.</summary>
    public static Dictionary<string, DocumentedBlock> All { get; } = Pages.SelectMany(BlocksOf).ToDictionary(block => block.Place, StringComparer.Ordinal);

    /// <summary>Returns the places of lines that look like a configuration and are in no block: those that Markdown shows as code because they are indented.</summary>
    public static IEnumerable<string> Outside()
    {
        foreach (var page in Pages)
        {
            var inside = false;
            foreach (var (number, line) in File.ReadLines(SourceTree.Path(page)).Index())
            {
                if (line.StartsWith(Fence, StringComparison.Ordinal))
                {
                    inside = !inside;
                }
                else if (!inside && (line.StartsWith("    {", StringComparison.Ordinal) || line.StartsWith("    \"", StringComparison.Ordinal)))
                {
                    yield return PlaceOf(page, number);
                }
            }
        }
    }

    private static IEnumerable<DocumentedBlock> BlocksOf(string page)
    {
        var (note, place) = ("", "");
        StringBuilder? text = null;
        foreach (var (number, line) in File.ReadLines(SourceTree.Path(page)).Index())
        {
            if (text is not null)
            {
                if (line != Fence)
                {
                    text.Append(line).Append('\n');
                    continue;
                }

                yield return new DocumentedBlock(place, note, text.ToString());
                (note, text) = ("", null);
            }
            else if (line == Json)
            {
                (place, text) = (PlaceOf(page, number), new StringBuilder());
            }
            else if (line.StartsWith(Begin, StringComparison.Ordinal) && line.EndsWith(End, StringComparison.Ordinal))
            {
                note = line[Begin.Length..^End.Length];
            }
            else if (line.Length > 0)
            {
                note = "";
            }
        }

        if (text is not null)
        {
            throw new InvalidDataException($"{place}: the block has no end");
        }
    }

    // Editors count lines from 1.
    private static string PlaceOf(string page, int number) => string.Create(CultureInfo.InvariantCulture, $"{page}:{number + 1}");
}
