using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Tests.EndToEnd;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Tests.Admin;

/// <summary>A gateway with functions of all kinds, clients behind a link of 50 ms, and Chromium on the gateway's own machine.</summary>
public sealed class ConsoleBox : IAsyncLifetime
{
    public const string Address = "http://127.0.0.1:9090/";

    /// <summary>What the environment of the function <c>checkout</c> holds, and nobody is to be shown.</summary>
    public const string Secret = "hunter2hunter2";

    private Edge? _edge;
    private Chromium? _chromium;

    internal Edge Edge => _edge!;

    public async ValueTask InitializeAsync()
    {
        var network = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(50));
        _edge = await Edge.StartAsync(network, await FunctionsAsync(), settings: settings => settings["ReverseProxy"] = new JsonObject
        {
            ["Routes"] = new JsonObject
            {
                ["shop"] = new JsonObject { ["ClusterId"] = "shop", ["Match"] = new JsonObject { ["Hosts"] = new JsonArray("shop.example") } },
            },
        });
        _chromium = await Chromium.StartAsync(network.Server);
    }

    /// <summary>Opens a view in a window of its own.</summary>
    /// <param name="view">What is after <c>#</c> in the address.</param>
    /// <param name="width">The window's width, in pixels.</param>
    /// <param name="scheme">The colours that the system asks for.</param>
    /// <param name="address">The page; null for the gateway's.</param>
    public async Task<ConsoleWindow> OpenAsync(string view = "/", int width = 1400, ColorScheme scheme = ColorScheme.Light, string address = Address)
    {
        var context = await _chromium!.OpenAsync(width, scheme);
        var window = new ConsoleWindow(context, await context.NewPageAsync());
        await window.Page.GotoAsync($"{address}#{view}");
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        await (_chromium?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_edge?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static async Task<JsonObject> FunctionsAsync()
    {
        var hello = (await Edge.HelloAsync("Syn", bootMilliseconds: 60))["Command"]!;
        JsonObject Function(int port, int boot, string idleTier = "Auto", params (string Key, string Value)[] environment)
        {
            var variables = new JsonObject { ["BOOT_MS"] = $"{boot}" };
            foreach (var (key, value) in environment)
            {
                variables[key] = value;
            }

            return new()
            {
                ["Runtime"] = "Process",
                ["Command"] = hello.DeepClone(),
                ["Environment"] = variables,
                ["Listen"] = new JsonArray($"http://*:{port}", $"https://*:{port + 1000}"),
                ["Idle"] = new JsonObject { ["Tier"] = idleTier },
            };
        }

        var shop = Function(8105, boot: 20);
        shop.Remove("Listen");
        return new JsonObject
        {
            ["checkout"] = Function(8101, boot: 60, environment: [("API_KEY", Secret), ("HOLD_MB", "24")]),
            ["search"] = Function(8102, boot: 800, "Stopped"),
            ["thumbnails"] = Function(8103, boot: 20, "Paused"),
            ["payments"] = Function(8104, boot: 0, "Auto", ("FAIL", "3")),
            ["shop"] = shop,
        };
    }
}

/// <summary>A window of the browser, and what went wrong in it.</summary>
public sealed class ConsoleWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    internal ConsoleWindow(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _faults.Add(error);
        page.Console += (_, message) => { if (message.Type is "error" or "warning") { _faults.Add(message.Text); } };
        page.Request += (_, request) => { if (!request.Url.StartsWith("http://127.0.0.1:909", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) { _faults.Add($"asked for {request.Url}"); } };
    }

    public IPage Page { get; }

    /// <summary>What the page threw or logged, and what it asked of other servers.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public ILocator Row(string function) => Page.Locator("#functions tbody tr").Filter(new() { Has = Page.GetByRole(AriaRole.Link, new() { Name = function, Exact = true }) });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
