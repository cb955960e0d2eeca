using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Tests.Admin;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Tests.Forwarding.Waiting;

/// <summary>A gateway with functions that start slowly and have a waiting page, and Chromium on the same machine.</summary>
public sealed class PageBox : IAsyncLifetime
{
    /// <summary>The port on which all functions are by their host names, by TLS.</summary>
    public const int Shared = 8443;

    private readonly LabDirectory _directory = LabDirectory.Create("theme");
    private readonly LabCertificates _certificates = new();
    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private GatewayProcess? _gateway;
    private readonly Lazy<Task<Chromium>> _chromium;

    public PageBox() => _chromium = new(() => Chromium.StartAsync(_space));

    internal GatewayProcess Gateway => _gateway!;

    internal NetworkNamespace Space => _space;

    /// <summary>The folder of the theme.</summary>
    internal string Theme => _directory.Path;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_directory.File("index.html"), """
            <!doctype html><html lang="en"><head><title>{{title}}</title><link rel="stylesheet" href="{{assets}}/look/style.css"></head>
            <body data-events="{{events}}"><main><h1>Acme</h1><p id="what">{{function}} at {{host}}, {{phase}}: {{detail}}</p></main>
            <script>const events = new EventSource(document.body.dataset.events); events.addEventListener('ready', () => { events.close(); location.reload(); });</script></body></html>
            """);
        Directory.CreateDirectory(_directory.File("look"));
        await File.WriteAllTextAsync(_directory.File("look/style.css"), "h1 { color: rgb(1, 2, 3); background: url(dot.svg) }");
        await File.WriteAllTextAsync(_directory.File("look/dot.svg"), """<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>""");
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = await SettingsAsync() });
    }

    /// <summary>Opens a window.</summary>
    internal async Task<PageWindow> OpenAsync(int width = 1000, ColorScheme scheme = ColorScheme.Light, bool runsScripts = true)
    {
        var context = await (await _chromium.Value).OpenAsync(width, scheme, height: 700, runsScripts);
        return new PageWindow(context, await context.NewPageAsync());
    }

    /// <summary>Returns a client that asks as a program does, on the plain addresses.</summary>
    internal HttpClient Client()
    {
        var client = _space.CreateHttpClient();
        client.Timeout = TimeSpan.FromSeconds(60);
        return client;
    }

    /// <summary>Brings a function to rest, and completes when it is there.</summary>
    internal async Task SleepAsync(string function) => (await Gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null)).EnsureSuccessStatusCode();

    /// <summary>Has the gateway read its configuration again (SIGHUP).</summary>
    internal async Task HangUpAsync() =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = "kill", Arguments = ["-HUP", Gateway.ProcessId.ToString(CultureInfo.InvariantCulture)] })).ThrowIfFailed();

    public async ValueTask DisposeAsync()
    {
        if (_chromium.IsValueCreated)
        {
            await (await _chromium.Value).DisposeAsync();
        }

        await (_gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        _space.Dispose();
        _certificates.Dispose();
        _directory.Dispose();
    }

    private async Task<JsonObject> SettingsAsync()
    {
        var hello = await HelloSample.BuildAsync();
        var certificate = _certificates.Issue("*.example");
        var (routes, functions) = (new JsonObject(), new JsonObject());

        void Add(string name, int port, string after, JsonObject environment, Action<JsonObject>? more = null)
        {
            var function = new JsonObject
            {
                ["Runtime"] = "Process",
                ["Command"] = new JsonArray(hello),
                ["Environment"] = environment,
                ["Listen"] = new JsonArray($"http://*:{port}"),
                ["Hold"] = new JsonObject { ["Page"] = new JsonObject { ["After"] = after } },
            };
            more?.Invoke(function);
            functions[name] = function;
            routes[name] = new JsonObject { ["ClusterId"] = name, ["Match"] = new JsonObject { ["Hosts"] = new JsonArray($"{name}.example") } };
        }

        Add("shop", 8101, "00:00:00.5", new() { ["BOOT_MS"] = "2500" });
        // It comes to rest at once if nobody keeps it, so that the page would never find it running.
        Add("brief", 8102, "00:00:00.2", new() { ["BOOT_MS"] = "1000" }, static function => function["Idle"] = new JsonObject { ["After"] = "00:00:00.001", ["Tier"] = "Stopped" });
        Add("broken", 8103, "00:00:00.5", new() { ["BOOT_MS"] = "1500", ["FAIL"] = "3" });
        Add("themed", 8104, "00:00:00.2", new() { ["BOOT_MS"] = "1500" }, function => function["Hold"]!["Page"]!["Theme"] = Theme);
        Add("slow", 8105, "00:00:00.3", new() { ["LISTEN_DELAY_MS"] = "2500" }, static function => function["Ready"] = new JsonObject { ["Path"] = "/healthz" });
        Add("never", 8106, "00:00:00.2", new() { ["BOOT_MS"] = "600000" }, static function =>
        {
            function["Hold"]!["Timeout"] = "00:00:00.6";
            function["Ready"] = new JsonObject { ["Timeout"] = "00:10:00" };
        });
        return new JsonObject
        {
            ["Kestrel"] = new JsonObject
            {
                ["Certificates"] = new JsonObject { ["Default"] = new JsonObject { ["Path"] = certificate.CertificatePath, ["KeyPath"] = certificate.KeyPath } },
                ["Endpoints"] = new JsonObject { ["shared"] = new JsonObject { ["Url"] = $"https://*:{Shared}" } },
            },
            ["ReverseProxy"] = new JsonObject { ["Routes"] = routes },
            ["Gateway"] = new JsonObject { ["Functions"] = functions },
        };
    }
}

/// <summary>A window of the browser, and what went wrong in it.</summary>
internal sealed class PageWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    public PageWindow(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _faults.Add(error);
        // Chromium tells of each answer 503, and asks for an icon of what is no page.
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !message.Text.Contains("status of 503", StringComparison.Ordinal) && !message.Location.Contains("/favicon.ico", StringComparison.Ordinal))
            {
                _faults.Add($"{message.Text} {message.Location}");
            }
        };
        page.Request += (_, request) => Asked.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>What the page threw or logged.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>What the page has asked for.</summary>
    public List<string> Asked { get; } = [];

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
