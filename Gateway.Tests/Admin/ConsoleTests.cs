using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Tests.Admin;

/// <summary>The console in Chromium, as people see and use it.</summary>
[SideBySide]
public sealed partial class ConsoleTests(ConsoleBox box) : IClassFixture<ConsoleBox>
{
    private static readonly string[] s_views = ["/", "/functions/checkout", "/functions/payments", "/coldstarts", "/machine"];

    [Theory]
    [InLongRuns(1400, ColorScheme.Light)]
    [InLongRuns(1400, ColorScheme.Dark)]
    [InLongRuns(400, ColorScheme.Light)]
    [InlineData(400, ColorScheme.Dark)]
    public async Task EveryView_FitsItsWidth_AndAxeFindsNothing(int width, ColorScheme scheme)
    {
        await UseAsync();
        await using var window = await box.OpenAsync(width: width, scheme: scheme);
        var page = window.Page;
        var findings = new List<string>();
        foreach (var view in s_views)
        {
            await page.GotoAsync($"{ConsoleBox.Address}#{view}");
            await Expect(page.Locator("#live")).ToHaveTextAsync("Live");
            await Expect(page.Locator("main h1:visible")).ToHaveCountAsync(1);
            var overflow = await page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth - innerWidth");
            Assert.True(overflow <= 0, $"{view} is {overflow} pixels wider than {width}.");
            var result = await page.RunAxe();
            findings.AddRange(result.Violations.Select(violation => $"{view}: {violation.Impact} {violation.Id}: {violation.Help}: {string.Join(", ", violation.Nodes.Select(node => node.Html))}"));
            await PictureAsync(page, $"{(view == "/" ? "functions" : view[1..].Replace('/', '-'))}-{width}-{scheme}");
        }

        Assert.Empty(findings);
        Assert.Empty(window.Faults);
    }

    [Fact]
    public async Task Functions_ShowAddressStateAndTraffic_AndAreWokenByHand()
    {
        await box.Edge.SleepAsync("search");
        await using var window = await box.OpenAsync();
        var (page, row) = (window.Page, window.Row("search"));

        await Expect(row.GetByRole(AriaRole.Link, new() { Name = "http://127.0.0.1:8102" })).ToHaveAttributeAsync("href", "http://127.0.0.1:8102");
        await Expect(row.Locator(".state")).ToHaveTextAsync("Stopped");
        await Expect(window.Row("shop").GetByRole(AriaRole.Link, new() { Name = "https://shop.example" })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Wake search" }).ClickAsync();
        await Expect(row.Locator(".state")).ToHaveTextAsync("Running");
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(200, (await box.Edge.GetAsync(port: 9102)).HttpCode);
        }

        await Expect(row.Locator("svg.spark")).ToHaveAttributeAsync("aria-label", MinuteOf30());
        await Expect(row.Locator("td").Nth(3)).ToHaveTextAsync(AnyTime());
        await Expect(row.Locator("td").Nth(5)).ToHaveTextAsync("0");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sleep search" }).ClickAsync();
        await Expect(row.Locator(".state")).ToHaveTextAsync("Stopped");
        Assert.Empty(window.Faults);
    }

    [Fact]
    public async Task AColdStart_AppearsWithoutAReload_OnAnAxisWithRoundTicks()
    {
        await box.Edge.SleepAsync("search");
        await using var window = await box.OpenAsync("/coldstarts");
        var items = window.Page.Locator("#starts li");
        await Expect(window.Page.Locator("#live")).ToHaveTextAsync("Live");
        var before = (await box.Edge.Gateway.ColdStartsAsync()).Count;
        await Expect(items).ToHaveCountAsync(Math.Min(50, before));

        await box.Edge.GetAsync(port: 9102);

        var cold = (await box.Edge.Gateway.ColdStartsAsync("search"))[^1];
        Assert.True(cold.Penalty > 1000, "800 ms do not hide in the handshakes of a link of 50 ms.");
        var first = items.First;
        await Expect(first.Locator("small").First).ToContainTextAsync(cold.At.ToString("mm:ss.fff", CultureInfo.InvariantCulture));
        await Expect(first.GetByRole(AriaRole.Link)).ToHaveTextAsync("search");
        await Expect(first.Locator(".felt")).ToContainTextAsync(" waited");
        await Expect(first.GetByRole(AriaRole.Img)).ToHaveAttributeAsync("aria-label", Phases());
        var ticks = await first.Locator(".axis span").AllInnerTextsAsync();
        Assert.Equal("0", ticks[0]);
        Assert.InRange(ticks.Count, 3, 11);
        Assert.All(ticks.Skip(1), tick => Assert.Matches("^[125]0{0,2} m?s$|^[1-9]{1,2}[05]0? ms$", tick));
        // The last tick is within the axis, which ends with the last phase.
        Assert.True(await first.EvaluateAsync<bool>("li => [...li.querySelectorAll('.axis span, .bar i')].every(part => part.getBoundingClientRect().right <= li.getBoundingClientRect().right)"));
    }

    [Fact]
    public async Task ManyColdStarts_TheLastOnesAreShown_InTheirOrder()
    {
        for (var i = 0; i < 60; i++)
        {
            (await box.Edge.Gateway.Admin.PostAsync("/api/functions/shop/wake", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            await box.Edge.SleepAsync("shop");
        }

        var last = (await box.Edge.Gateway.ColdStartsAsync("shop")).TakeLast(50).Reverse().Select(start => start.At.ToString("mm:ss.fff", CultureInfo.InvariantCulture)).ToArray();
        await using var window = await box.OpenAsync("/functions/shop");
        await Expect(window.Page.Locator("#f-starts li")).ToHaveCountAsync(50);
        // What an event brings besides must not put older ones there.
        (await box.Edge.Gateway.Admin.PostAsync("/api/functions/thumbnails/wake", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await Expect(window.Page.Locator("#f-state")).ToHaveTextAsync("Stopped");

        var shown = await window.Page.Locator("#f-starts .who").AllInnerTextsAsync();
        Assert.Equal(last, shown.Select(text => text.Split('\n')[0][3..]));
    }

    [Fact]
    public async Task TheSkipLink_AndAMistypedAddress_LeaveAViewThatLives()
    {
        await box.Edge.SleepAsync("search");
        await using var window = await box.OpenAsync("/functions/search");
        await Expect(window.Page.Locator("#f-state")).ToHaveTextAsync("Stopped");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" }).FocusAsync();
        await window.Page.Keyboard.PressAsync("Enter");
        await Expect(window.Page.Locator("main")).ToBeFocusedAsync();

        (await box.Edge.Gateway.Admin.PostAsync("/api/functions/search/wake", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await Expect(window.Page.Locator("#f-state")).ToHaveTextAsync("Running");

        foreach (var mistyped in (string[])["/functions/%", "/__proto__", "/constructor", "/function"])
        {
            await window.Page.GotoAsync($"{ConsoleBox.Address}#{mistyped}");
            await window.Page.ReloadAsync();
            await Expect(window.Page.Locator("#functions tbody tr")).ToHaveCountAsync(5);
        }

        Assert.Empty(window.Faults);
    }

    [Fact]
    public async Task AFunction_SaysWhyItDoesNotStart_WhatItWrote_AndHowItIsConfigured()
    {
        await using var window = await box.OpenAsync("/functions/payments");
        var page = window.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Wake" }).ClickAsync();
        await Expect(page.Locator("#toast")).ToContainTextAsync("payments: ");
        await Expect(page.Locator("#f-failure")).ToContainTextAsync("exit");
        await Expect(page.Locator("#f-state")).ToHaveTextAsync("Failed");

        await page.GotoAsync($"{ConsoleBox.Address}#/functions/checkout");
        await page.GetByRole(AriaRole.Button, new() { Name = "Wake" }).ClickAsync();
        await Expect(page.Locator("#f-log")).ToContainTextAsync("listening");
        await Expect(page.Locator("#f-instances tr")).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Environment:API_KEY" })).ToContainTextAsync("••••");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Idle:Tier" })).ToContainTextAsync("Auto");
        Assert.DoesNotContain(ConsoleBox.Secret, await page.ContentAsync(), StringComparison.Ordinal);

        await page.GetByLabel("Tier to sleep in").SelectOptionAsync("Paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sleep" }).ClickAsync();
        await Expect(page.Locator("#f-state")).ToHaveTextAsync("Paused");
        await Expect(page.Locator(".tiles").Filter(new() { HasText = "Memory" }).Last).ToContainTextAsync("MiB");
    }

    [Fact]
    public async Task AMistake_IsShownAtOnce_UntilItIsMended()
    {
        await using var window = await box.OpenAsync("/machine");
        var banner = window.Page.Locator("#mistakes");
        await Expect(window.Page.Locator("#live")).ToHaveTextAsync("Live");
        await Expect(banner).ToBeHiddenAsync();
        var bad = box.Edge.Settings;
        bad["Gateway"]!["Functions"]!["search"]!["Port"] = 70000;
        bad["Gateway"]!["Functions"]!["shop"]!["Idle"]!["Tier"] = "Stoped";

        box.Edge.Gateway.UpdateSettings(bad);
        await Expect(banner).ToContainTextAsync("A newer configuration has 2 mistakes and is not in use");
        await Expect(banner).ToContainTextAsync("Gateway:Functions:search:Port");
        await Expect(banner).ToContainTextAsync("did you mean 'Stopped'?");

        box.Edge.Gateway.UpdateSettings(box.Edge.Settings);
        await Expect(banner).ToBeHiddenAsync();
    }

    [Fact]
    public async Task AFunctionThatIsAdded_Appears_AndLeavesWhenItIsRemoved()
    {
        await using var window = await box.OpenAsync();
        await Expect(window.Page.Locator("#functions tbody tr")).ToHaveCountAsync(5);
        var more = box.Edge.Settings;
        var added = more["Gateway"]!["Functions"]!["search"]!.DeepClone().AsObject();
        added.Remove("Listen");
        more["Gateway"]!["Functions"]!["added"] = added;

        box.Edge.Gateway.UpdateSettings(more);
        await Expect(window.Row("added")).ToBeVisibleAsync();
        await window.Page.GetByRole(AriaRole.Searchbox).FillAsync("adde");
        await Expect(window.Page.Locator("#count")).ToHaveTextAsync("1 of 6");

        box.Edge.Gateway.UpdateSettings(box.Edge.Settings);
        await Expect(window.Page.Locator("#functions tbody tr")).ToHaveCountAsync(0);
        await window.Page.GetByRole(AriaRole.Searchbox).FillAsync("");
        await Expect(window.Page.Locator("#functions tbody tr")).ToHaveCountAsync(5);
    }

    [Fact]
    public async Task TheKeyboard_ReachesEverything_AndANewViewHasTheFocus()
    {
        await box.Edge.SleepAsync("search");
        await using var window = await box.OpenAsync();
        var page = window.Page;
        await Expect(page.Locator("#functions tbody tr")).ToHaveCountAsync(5);
        var reached = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"));
        }

        Assert.Superset(new HashSet<string>(["Skip to the content", "Cold starts", "checkout", "Wake search", "p99"], StringComparer.Ordinal), reached);
        await page.GetByRole(AriaRole.Link, new() { Name = "thumbnails", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "thumbnails" })).ToBeFocusedAsync();
        await Expect(page).ToHaveTitleAsync("thumbnails – Headstart");
        await page.GoBackAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Functions" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task TheTheme_IsChosen_AndKept()
    {
        await using var window = await box.OpenAsync(scheme: ColorScheme.Light);
        var page = window.Page;
        Task<string> Background() => page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");
        var light = await Background();
        await page.GetByRole(AriaRole.Button, new() { Name = "Theme: auto" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Theme: light" }).ClickAsync();

        Assert.NotEqual(light, await Background());
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Theme: dark" })).ToBeVisibleAsync();
        Assert.NotEqual(light, await Background());
    }

    [Fact]
    public async Task AToken_IsAskedFor_AndTheConsoleComesBackWithItsGateway()
    {
        const string Token = "0123456789abcdef0123456789abcdef";
        GatewayProcessOptions options = new()
        {
            Namespace = box.Edge.Network.Server,
            Settings = new JsonObject
            {
                ["Gateway"] = new JsonObject
                {
                    ["Ebpf"] = new JsonObject { ["Mode"] = "Off" },
                    ["Admin"] = new JsonObject { ["Url"] = "http://127.0.0.1:9091", ["TokenFile"] = "token" },
                    ["Functions"] = new JsonObject { ["hello"] = box.Edge.Settings["Gateway"]!["Functions"]!["shop"]!.DeepClone() },
                },
            },
        };
        using var directory = LabDirectory.Create("token");
        options.Settings["Gateway"]!["Admin"]!["TokenFile"] = directory.File("token");
        await File.WriteAllTextAsync(directory.File("token"), Token, TestContext.Current.CancellationToken);
        await using var gateway = await GatewayProcess.StartAsync(options);
        gateway.Admin.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        foreach (var action in (string[])["wake", "sleep"])
        {
            (await gateway.Admin.PostAsync($"/api/functions/hello/{action}", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        await using var window = await box.OpenAsync("/functions/hello", address: "http://127.0.0.1:9091/");
        var page = window.Page;
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("This gateway asks for a token");
        await page.GetByLabel("Token of the admin endpoint").FillAsync("not the token at all");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#toast")).ToHaveTextAsync("The gateway does not take this token.");
        Assert.Empty((await page.RunAxe()).Violations);

        await page.GetByLabel("Token of the admin endpoint").FillAsync(Token);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#f-log")).ToContainTextAsync("listening");
        await Expect(page.Locator("#f-starts li")).ToHaveCountAsync(1);
        await page.ReloadAsync();
        await Expect(page.Locator("#live")).ToHaveTextAsync("Live");

        // What the token before has opened ends with it.
        const string Other = "fedcba9876543210fedcba9876543210";
        await File.WriteAllTextAsync(directory.File("next"), Other, TestContext.Current.CancellationToken);
        File.Move(directory.File("next"), directory.File("token"), overwrite: true);
        await page.GetByLabel("Token of the admin endpoint").FillAsync(Other);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#live")).ToHaveTextAsync("Live");
        await Expect(page.Locator("#f-log")).ToContainTextAsync("listening");

        await gateway.KillAsync();
        await Expect(page.Locator("#live")).ToHaveTextAsync("The gateway does not answer");
        await using var next = await GatewayProcess.StartAsync(options);
        await Expect(page.Locator("#live")).ToHaveTextAsync("Live");
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static IPageAssertions Expect(IPage page) => Assertions.Expect(page);

    [GeneratedRegex("^(?:[3-9]\\d|\\d{3,}) requests in the last minute$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MinuteOf30();

    [GeneratedRegex("^[0-9.]+ (?:µs|ms|s)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyTime();

    [GeneratedRegex("^After the signal: wake .*started .*ready .*request .*firstByte ", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Phases();

    // A few cold and warm requests, one wait that is felt and one failure.
    private async Task UseAsync()
    {
        if ((await box.Edge.Gateway.ColdStartsAsync("search")).Count > 2)
        {
            return;
        }

        for (var round = 0; round < 3; round++)
        {
            foreach (var port in (int[])[9101, 9102, 9103, 9104])
            {
                await box.Edge.GetAsync(port: port);
            }

            for (var i = 0; i < 10; i++)
            {
                await box.Edge.GetAsync(port: 9101);
            }

            await Task.WhenAll(box.Edge.SleepAsync("search"), box.Edge.SleepAsync("thumbnails"));
        }
    }

    // Pictures for whoever asks for them: those of the README are made so.
    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HEADSTART_PICTURES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"console-{name.ToLowerInvariant()}.png"), FullPage = true });
        }
    }
}
