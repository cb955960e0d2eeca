using System.Text.RegularExpressions;
using Gateway.Lab;

namespace Gateway.Tests.House;

/// <summary>A page of Markdown: its headings, as places to link to, its links, and its text without code.</summary>
internal sealed partial class MarkdownPage
{
    private const string Fence = "```";

    private MarkdownPage(string path)
    {
        Path = path;
        var lines = new List<string>();
        var isCode = false;
        foreach (var line in File.ReadLines(SourceTree.Path(path)))
        {
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                isCode = !isCode;
            }
            else if (!isCode && !line.StartsWith("    ", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }

        Anchors = [.. lines.Where(line => Heading().IsMatch(line)).Select(line => Slug(Heading().Replace(line, "")))];
        Links = [.. lines.SelectMany(line => Link().Matches(Code().Replace(line, "")).Select(match => match.Groups["target"].Value)).Where(target => !target.Contains(':', StringComparison.Ordinal))];
        Prose = lines.ConvertAll(line => Code().Replace(Link().Replace(Comment().Replace(line, ""), ""), ""));
    }

    /// <summary>All pages of the source tree by their paths, but for what is built or fetched.</summary>
    public static IReadOnlyDictionary<string, MarkdownPage> All { get; } = Directory
        .EnumerateFiles(SourceTree.Root, "*.md", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
        .Select(file => System.IO.Path.GetRelativePath(SourceTree.Root, file))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts"))
        .ToDictionary(file => file, file => new MarkdownPage(file), StringComparer.Ordinal);

    /// <summary>The path from the root of the source tree.</summary>
    public string Path { get; }

    /// <summary>The places in the page that can be linked to. One that is there twice has no sure meaning.</summary>
    public IReadOnlyList<string> Anchors { get; }

    /// <summary>The targets of links that do not leave the tree.</summary>
    public IReadOnlyList<string> Links { get; }

    /// <summary>The lines without code, links and comments.</summary>
    public IReadOnlyList<string> Prose { get; }

    /// <summary>Returns a target's path from the root of the source tree, and the place in it, which may be empty.</summary>
    public (string Path, string Anchor) Resolve(string target)
    {
        var parts = target.Split('#', 2);
        var path = parts[0].Length == 0
            ? Path
            : System.IO.Path.GetRelativePath(SourceTree.Root, System.IO.Path.GetFullPath(parts[0], System.IO.Path.GetDirectoryName(SourceTree.Path(Path))!));
        return (path, parts.ElementAtOrDefault(1) ?? "");
    }

    // As GitHub makes them of headings, and the site too (mkdocs.yml).
    private static string Slug(string heading) => NoPlace().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("^#{1,6} ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}_\- ]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NoPlace();

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex("<!--.*?-->", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comment();
}
