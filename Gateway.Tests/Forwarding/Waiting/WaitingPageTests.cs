using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Gateway.Configuration.Pages;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Tests.Forwarding.Waiting;

/// <summary>The waiting page in Chromium.</summary>
[SideBySide]
public sealed class WaitingPageTests(PageBox box) : IClassFixture<PageBox>
{
    // By TLS and HTTP/2, as browsers come, and to a function's own address without.
    [Theory]
    [InlineData("https://shop.example:8443/?id=7&x=%3Cb%3E", 1000, ColorScheme.Light)]
    [InLongRuns("http://127.0.0.1:8101/", 400, ColorScheme.Dark)]
    public async Task Page_IsShown_FollowsTheStart_AndMakesWayForTheService(string address, int width, ColorScheme scheme)
    {
        await box.SleepAsync("shop");
        await using var window = await box.OpenAsync(width, scheme);
        var page = window.Page;

        var answer = await page.GotoAsync(address, new() { WaitUntil = WaitUntilState.DOMContentLoaded });

        Assert.Equal(503, answer!.Status);
        var headers = answer.Headers;
        Assert.Equal("no-store", headers["cache-control"]);
        Assert.Equal("noindex", headers["x-robots-tag"]);
        Assert.InRange(int.Parse(headers["retry-after"], System.Globalization.CultureInfo.InvariantCulture), 1, 10);
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync($"{new Uri(address).Authority} is starting");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("This page opens the service as soon as it is ready.");
        await Expect(page.Locator("li[aria-current=step]")).ToHaveTextAsync("Starting");
        await Expect(page.Locator("#time")).ToContainTextAsync(" s ");
        await PictureAsync(page, $"waiting-{width}-{scheme}");

        // The sample answers in text.
        await Expect(page.Locator("body")).ToHaveTextAsync("hello");
        Assert.Equal(address, page.Url);
        Assert.Empty(window.Faults);
        Assert.All(window.Asked, asked => Assert.StartsWith(address, asked, StringComparison.Ordinal));
        Assert.Equal("Served", (await box.Gateway.ColdStartsAsync("shop", cancellationToken: TestContext.Current.CancellationToken))[^1].Outcome);
        await Eventually.True(async () => (await box.Gateway.MetricsAsync()).Sum("gateway_held_requests", ("function", "shop")) == 0, "no place is held any more");
    }

    [Theory]
    [InlineData(400, ColorScheme.Dark)]
    [InLongRuns(1000, ColorScheme.Light)]
    public async Task Page_FitsItsWidth_AndAxeFindsNothing(int width, ColorScheme scheme)
    {
        await using var window = await box.OpenAsync(width, scheme);

        await window.Page.GotoAsync("https://never.example:8443/a/long/path", new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        await Expect(window.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("never.example:8443 is starting");

        await AssertGoodAsync(window.Page, width);
        Assert.Empty(window.Faults);
    }

    [Fact]
    public async Task Function_ThatRestsAtOnce_IsKeptUntilThePageIsBack()
    {
        await box.SleepAsync("brief");
        await using var window = await box.OpenAsync();

        // The page may be replaced before anybody looks at it.
        var page = await window.Page.GotoAsync("http://127.0.0.1:8102/", new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        Assert.Equal(503, page!.Status);

        await Expect(window.Page.Locator("body")).ToHaveTextAsync("hello");
        Assert.Single(window.Asked, static asked => asked.EndsWith("headstart-start", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Function_ThatListensButDoesNotAnswerYet_IsSaidToListen()
    {
        await box.SleepAsync("slow");
        await using var window = await box.OpenAsync();

        await window.Page.GotoAsync("http://127.0.0.1:8105/", new() { WaitUntil = WaitUntilState.DOMContentLoaded });

        await Expect(window.Page.Locator("li[aria-current=step]")).ToHaveTextAsync("Listening");
        await Expect(window.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("It is up, and about to answer.");
        await Expect(window.Page.Locator("body")).ToHaveTextAsync("hello");
        Assert.Empty(window.Faults);
    }

    [Fact]
    public async Task Failure_IsShownWithItsSentence_AndTriedAgainOnRequest()
    {
        await using var window = await box.OpenAsync();
        var page = window.Page;
        await page.GotoAsync("https://broken.example:8443/", new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("broken.example:8443 is starting");

        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("broken.example:8443 did not start");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The function could not be started.");
        await Expect(page.Locator("#start")).ToBeHiddenAsync();
        await AssertGoodAsync(page, 1000);
        await PictureAsync(page, "waiting-failed");
        // What the program said is for the log alone.
        Assert.DoesNotContain("exit", await page.ContentAsync(), StringComparison.OrdinalIgnoreCase);

        var before = window.Asked.Count;
        await page.GetByRole(AriaRole.Link, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading)).ToContainTextAsync("broken.example:8443");
        await Eventually.True(() => window.Asked.Count > before, "the page asks again");
        Assert.Empty(window.Faults);
    }

    // It waits for the whole start, and for Retry-After.
    [LongFact]
    public async Task WithoutScripts_ThePageAsksAgainByItself()
    {
        await box.SleepAsync("shop");
        await using var window = await box.OpenAsync(runsScripts: false);

        await window.Page.GotoAsync("http://127.0.0.1:8101/", new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        await Expect(window.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("127.0.0.1:8101 is starting");

        await Expect(window.Page.Locator("body")).ToHaveTextAsync("hello");
        Assert.DoesNotContain(window.Asked, static asked => asked.Contains("headstart", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Theme_IsThePage_WithItsFiles_AndIsReadAgain()
    {
        await box.SleepAsync("themed");
        await using var window = await box.OpenAsync();
        var page = window.Page;
        await page.GotoAsync("https://themed.example:8443/", new() { WaitUntil = WaitUntilState.Load });

        await Expect(page.Locator("#what")).ToHaveTextAsync("themed at themed.example:8443, starting: This page opens the service as soon as it is ready.");
        Assert.Equal("rgb(1, 2, 3)", await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('h1')).color"));
        Assert.Contains(window.Asked, static asked => asked.Contains(PageTheme.Folder, StringComparison.Ordinal) && asked.EndsWith("/look/dot.svg", StringComparison.Ordinal));
        await Expect(page.Locator("body")).ToHaveTextAsync("hello");
        Assert.Empty(window.Faults);

        // Nothing but the theme's own files is below its path, and other paths are the function's.
        using var client = box.Client();
        var style = new Uri(window.Asked.First(static asked => asked.EndsWith("style.css", StringComparison.Ordinal))).AbsolutePath;
        Assert.Equal(404, (int)(await client.GetAsync($"http://127.0.0.1:8104{style}x", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal("text/css", (await client.GetAsync($"http://127.0.0.1:8104{style}", TestContext.Current.CancellationToken)).Content.Headers.ContentType!.MediaType);
        Assert.Contains("X-Instance", (await client.GetAsync($"http://127.0.0.1:8104{PageTheme.Folder}other/x", TestContext.Current.CancellationToken)).Headers.Select(static header => header.Key));

        // SIGHUP reads the files again, and refuses what is wrong with them.
        var index = Path.Combine(box.Theme, "index.html");
        var html = await File.ReadAllTextAsync(index, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(index, html.Replace("{{title}}", "{{titel}}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await box.HangUpAsync();
        await box.Gateway.WaitForLogAsync(static line => line.Contains("Hold:Page:Theme", StringComparison.Ordinal) && line.Contains("did you mean {{title}}?", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        await File.WriteAllTextAsync(index, html.Replace("Acme", "Bauer", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await box.HangUpAsync();
        await Eventually.True(
            async () =>
            {
                await box.SleepAsync("themed");
                await page.GotoAsync("https://themed.example:8443/", new() { WaitUntil = WaitUntilState.DOMContentLoaded });
                return (await page.ContentAsync()).Contains("Bauer", StringComparison.Ordinal);
            },
            "the new theme is used");
    }

    private static async Task AssertGoodAsync(IPage page, int width)
    {
        var result = await page.RunAxe();
        Assert.Empty(result.Violations.Select(violation => $"{violation.Impact} {violation.Id}: {violation.Help}: {string.Join(", ", violation.Nodes.Select(node => node.Html))}"));
        var overflow = await page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth - innerWidth");
        Assert.True(overflow <= 0, $"It is {overflow} pixels wider than {width}.");
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    // Pictures for whoever asks for them: that of docs/waiting-page.md is made so.
    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HEADSTART_PICTURES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name.ToLowerInvariant()}.png") });
        }
    }
}
