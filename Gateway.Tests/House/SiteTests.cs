using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.House;

/// <summary>The documentation as a site, as scripts/site builds it.</summary>
public sealed partial class SiteTests
{
    private const string Site = "artifacts/site";

    // The generator is installed for this alone, and DocumentationLinksTests has the same links in every run.
    [LongFact]
    public async Task Built_WithoutAWarning_LeadsFromEachLinkToAPlaceThatIsThere()
    {
        var built = (await Command.ExecuteAsync(new LabProcessOptions { FileName = SourceTree.Path("scripts", "site") }, cancellationToken: TestContext.Current.CancellationToken)).ThrowIfFailed();

        Assert.Equal($"{Site}/index.html", built.Output.Split('\n')[^1]);
        Assert.DoesNotContain("WARNING", built.AllOutput, StringComparison.Ordinal);
        var pages = Directory.EnumerateFiles(SourceTree.Path(Site), "*.html", SearchOption.AllDirectories).ToDictionary(page => page, File.ReadAllText, StringComparer.Ordinal);
        var (links, places) = (0, 0);
        foreach (var (page, html) in pages.Where(pair => Path.GetFileName(pair.Key) != "404.html"))
        {
            foreach (var target in Target().Matches(html).Select(match => match.Groups["target"].Value).Where(target => !target.Contains(':', StringComparison.Ordinal)))
            {
                var parts = target.Split('#', 2);
                var file = parts[0].Length == 0 ? page : Path.GetFullPath(parts[0].Split('?')[0], Path.GetDirectoryName(page)!);
                file = Directory.Exists(file) ? Path.Combine(file, "index.html") : file;
                Assert.True(File.Exists(file), $"{page} leads to {target}, which is not there");
                links++;
                if (parts.Length == 2 && parts[1].Length > 0 && pages.TryGetValue(file, out var there))
                {
                    Assert.True(there.Contains($"id=\"{parts[1]}\"", StringComparison.Ordinal), $"{page} leads to {target}, and there is no such place");
                    places++;
                }
            }
        }

        Assert.InRange(links, 1000, int.MaxValue);
        Assert.InRange(places, 200, int.MaxValue);
    }

    // Of tags, and not of what a page shows as code.
    [GeneratedRegex("<[a-z][^<>]*?\\s(?:href|src)=\"(?<target>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Target();
}
