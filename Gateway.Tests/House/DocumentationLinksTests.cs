using System.Text.RegularExpressions;
using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.House;

/// <summary>Whoever follows the documentation arrives somewhere.</summary>
public sealed partial class DocumentationLinksTests
{
    private const string Index = "docs/README.md";

    private static IEnumerable<string> Pages => MarkdownPage.All.Keys.Where(page => page.StartsWith("docs/", StringComparison.Ordinal));

    [Fact]
    public void Index_LeadsToEveryPage()
    {
        var index = MarkdownPage.All[Index];
        var found = index.Links.Select(target => index.Resolve(target).Path).ToHashSet(StringComparer.Ordinal);

        Assert.All(Pages.Where(page => page != Index), page => Assert.Contains(page, found));
    }

    [Fact]
    public void Navigation_OfTheSite_LeadsToEveryPage()
    {
        var entries = NavigationEntry().Matches(File.ReadAllText(SourceTree.Path("mkdocs.yml"))).Select(match => match.Groups["page"].Value).ToArray();

        Assert.All(entries, page => Assert.Contains(page, MarkdownPage.All.Keys));
        Assert.Distinct(entries);
        Assert.All(Pages.Append("README.md"), page => Assert.Contains(page, entries));
    }

    [Fact]
    public void EachLink_LeadsToAFileAndToAPlaceInIt()
    {
        var links = MarkdownPage.All.Values.SelectMany(page => page.Links.Select(target => (page.Path, Target: target, Resolved: page.Resolve(target)))).ToArray();

        Assert.InRange(links.Length, 100, int.MaxValue);
        Assert.Contains(links, link => link.Resolved.Anchor.Length > 0);
        Assert.All(links, link =>
        {
            var (path, anchor) = link.Resolved;
            Assert.True(Path.Exists(SourceTree.Path(path)), $"{link.Path} leads to {link.Target}, which is not there");
            Assert.True(
                anchor.Length == 0 || MarkdownPage.All[path].Anchors.Count(place => place == anchor) == 1,
                $"{link.Path} leads to {link.Target}, and no one heading of {path} is #{anchor}");
        });
    }

    [Fact]
    public void EachPageThatIsNamed_IsALink()
    {
        var named = MarkdownPage.All.Values.SelectMany(page => page.Prose.SelectMany(line => NamedPage().Matches(line))
            .Select(match => (page.Path, Named: match.Value))
            .Where(pair => MarkdownPage.All.ContainsKey(pair.Named) || MarkdownPage.All.ContainsKey(page.Resolve(pair.Named).Path)));

        Assert.All(named, pair => Assert.Fail($"{pair.Path} names {pair.Named}; make it a link: [page.md](page.md), or [page.md, \"Section\"](page.md#section)"));
    }

    [GeneratedRegex(@"^\s+- (?:[^:\n]+|""[^""\n]+""): (?<page>\S+\.md)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NavigationEntry();

    [GeneratedRegex(@"[\w./-]+\.md\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamedPage();
}
