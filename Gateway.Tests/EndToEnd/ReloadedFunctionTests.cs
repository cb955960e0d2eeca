using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Functions that come, go and change hands by reloads of the real gateway: whoever has the address, the name or the port now is
/// woken by its SYN and serves, and whoever has gone touches nothing of it.
/// </summary>
[SideBySide]
public sealed class ReloadedFunctionTests : IAsyncDisposable
{
    private const int One = 8301, Two = 8302;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private GatewayProcess? _gateway;
    private int _reloads;

    /// <summary>Whether the function runs before, and with a request in flight.</summary>
    private GatewayProcess Gateway => _gateway!;

    public async ValueTask DisposeAsync()
    {
        await (_gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        _space.Dispose();
    }

    [Theory]
    [InlineData("at rest")]
    [InLongRuns("running")]
    [InlineData("in use")]
    public async Task Rename_SameListen_TheSynWakesTheNewOne(string state)
    {
        await StartAsync(("a", await FunctionAsync(One)));
        var inUse = await BringAsync(state, One);

        await ReloadAsync(("b", await FunctionAsync(One)));

        await WakesBySynAsync(One, "b");
        await SleepAsync("b");
        await WakesBySynAsync(One, "b");
        await ServedAsync(inUse);
    }

    [Fact]
    public async Task Rename_WhileARequestWaitsForTheStart_TheNewOneServesIt()
    {
        await StartAsync(("a", await FunctionAsync(One, bootMilliseconds: 60_000)));
        var held = GetAsync(One);
        await Eventually.True(async () => await StateAsync("a") == "Starting" && (await Gateway.FunctionsAsync())[0].InFlight == 1);

        await ReloadAsync(("b", await FunctionAsync(One)));

        await held;
        Assert.Equal("Running", await StateAsync("b"));
    }

    [Fact]
    public async Task Rename_OfTwoAtOnceToEachOthersListen_EachSynWakesTheRightOne()
    {
        await StartAsync(("a", await FunctionAsync(One)), ("b", await FunctionAsync(Two)));
        await GetAsync(One);

        await ReloadAsync(("c", await FunctionAsync(Two)), ("d", await FunctionAsync(One)));

        await WakesBySynAsync(One, "d");
        await WakesBySynAsync(Two, "c");
    }

    [Fact]
    public async Task Swap_OfListenAddresses_EachSynWakesTheRightOne()
    {
        await StartAsync(("a", await FunctionAsync(One)), ("b", await FunctionAsync(Two)));

        await ReloadAsync(("a", await FunctionAsync(Two)), ("b", await FunctionAsync(One)));

        await WakesBySynAsync(One, "b");
        await WakesBySynAsync(Two, "a");
    }

    [Fact]
    public async Task Swap_OfListenAddresses_AnOpenConnectionFollows()
    {
        await StartAsync(("a", await FunctionAsync(One)), ("b", await FunctionAsync(Two)));
        using var client = _space.CreateHttpClient();
        var url = new Uri($"http://127.0.0.1:{One}/");
        (await client.GetAsync(url)).EnsureSuccessStatusCode();

        await ReloadAsync(("a", await FunctionAsync(Two)), ("b", await FunctionAsync(One)));
        (await client.GetAsync(url)).EnsureSuccessStatusCode();

        await Eventually.True(async () => await StateAsync("b") == "Running");
    }

    [Fact]
    public async Task RemovedAndAdded_OverManyQuickReloads_TheSynWakesWhoHasTheAddressNow()
    {
        await StartAsync(("a0", await FunctionAsync(One)), ("x", await FunctionAsync(Two)));
        for (var round = 1; round <= 6; round++)
        {
            // One that runs drains into the next rounds, one that rests is gone at once.
            if (round % 2 == 0)
            {
                await GetAsync(One);
            }

            await ReloadAsync((round % 3 == 0 ? "a0" : $"a{round}", await FunctionAsync(One)), ($"x{round}", await FunctionAsync(Two)));
        }

        await WakesBySynAsync(One, "a0");
        await WakesBySynAsync(Two, "x6");
    }

    [Theory]
    [InLongRuns("at rest")]
    [InlineData("running")]
    [InLongRuns("in use")]
    public async Task Rename_OfCapitalsOnly_IsTheSameFunctionUnderItsNewName(string state)
    {
        await StartAsync(("hello", await FunctionAsync(One)));
        var inUse = await BringAsync(state, One);

        await ReloadAsync(("Hello", await FunctionAsync(One)));

        Assert.Equal(state == "at rest" ? "Stopped" : "Running", await StateAsync("Hello"));
        await ServedAsync(inUse);
        var metrics = await Gateway.MetricsAsync();
        Assert.Equal(0, metrics.Sum("gateway_instances", ("function", "hello")));
        Assert.Equal(state == "at rest" ? 0 : 1, metrics.Sum("gateway_instances", ("function", "Hello"), ("state", "Running")));
        await SleepAsync("Hello");
        await WakesBySynAsync(One, "Hello");
    }

    [Fact]
    public async Task RemovedAndPutBack_WhileItDrains_CountsAndServesAsTheNewOne()
    {
        await StartAsync(("a", await FunctionAsync(One)));
        var inUse = GetAsync(One, "/slow?ms=4000");
        await Eventually.True(async () => await StateAsync("a") == "Running" && (await Gateway.FunctionsAsync())[0].InFlight == 1);
        await ReloadAsync(("other", await FunctionAsync(Two)));

        await ReloadAsync(("a", await FunctionAsync(One)));
        await WakesBySynAsync(One, "a");

        await inUse;
        // Nothing of the old one is left when its series have gone; the new one's have not.
        await Eventually.True(async () => (await Gateway.MetricsAsync()).Sum("gateway_instances", ("function", "a"), ("state", "Draining")) == 0);
        Assert.Equal(1, (await Gateway.MetricsAsync()).Sum("gateway_instances", ("function", "a"), ("state", "Running")));
        Assert.Equal("Running", await StateAsync("a"));
        await GetAsync(One);
    }

    [Theory]
    [InLongRuns("a", "a")]
    [InlineData("a", "b")]
    public async Task FixedPort_StillHeldByTheOneThatDrains_TheNewStartWaitsForItsEnd(string before, string after)
    {
        await StartAsync((before, await FunctionAsync(One, port: 18301)));
        await GetAsync(One);
        var inUse = GetAsync(One, "/slow?ms=3000");
        await Eventually.True(async () => (await Gateway.FunctionsAsync())[0].InFlight == 1);
        if (before == after)
        {
            await ReloadAsync(("other", await FunctionAsync(Two)));
        }

        await ReloadAsync((after, await FunctionAsync(One, port: 18301)));
        var next = GetAsync(One);

        await Task.WhenAll(inUse, next);
        Assert.Equal("Running", await StateAsync(after));
        Assert.DoesNotContain(await Gateway.ColdStartsAsync(after), start => start.Outcome == "Failed");
    }

    [Fact]
    public async Task Swap_OfFixedPortsInUse_BothServe()
    {
        await StartAsync(("a", await FunctionAsync(One, port: 18301)), ("b", await FunctionAsync(Two, port: 18302)));
        var inUse = new[] { GetAsync(One, "/slow?ms=2000"), GetAsync(Two, "/slow?ms=2500") };
        await Eventually.True(async () => (await Gateway.FunctionsAsync()).All(function => function.InFlight == 1 && function.State == "Running"));

        await ReloadAsync(("a", await FunctionAsync(One, port: 18302)), ("b", await FunctionAsync(Two, port: 18301)));

        await Task.WhenAll([.. inUse, GetAsync(One), GetAsync(Two)]);
        Assert.Equal(["Running", "Running"], (await Gateway.FunctionsAsync()).Select(function => function.State));
    }

    private static async Task<JsonObject> FunctionAsync(int listen, int? port = null, int bootMilliseconds = 0)
    {
        var function = new JsonObject
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray(await HelloSample.BuildAsync()),
            ["Listen"] = new JsonArray($"http://*:{listen}"),
            ["Environment"] = new JsonObject { ["BOOT_MS"] = $"{bootMilliseconds}" },
        };
        if (port is { } its)
        {
            function["Port"] = its;
        }

        return function;
    }

    private static JsonObject Settings((string Name, JsonObject Function)[] functions) => new()
    {
        ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Gateway"] = "Debug" } },
        ["Gateway"] = new JsonObject { ["Functions"] = new JsonObject(functions.Select(pair => KeyValuePair.Create(pair.Name, (JsonNode?)pair.Function))) },
    };

    private async Task StartAsync(params (string Name, JsonObject Function)[] functions) =>
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = Settings(functions) });

    /// <summary>Returns when every part of the gateway follows.</summary>
    private async Task ReloadAsync(params (string Name, JsonObject Function)[] functions)
    {
        var reload = ++_reloads;
        Gateway.UpdateSettings(Settings(functions));
        await Eventually.True(() => Gateway.Log.Count(line => line.Contains("Every part follows the new configuration", StringComparison.Ordinal)) >= reload);
    }

    private async Task<Task> BringAsync(string state, int port)
    {
        if (state == "at rest")
        {
            return Task.CompletedTask;
        }

        await GetAsync(port);
        var inUse = state == "in use" ? GetAsync(port, "/slow?ms=2000") : Task.CompletedTask;
        await Eventually.True(async () => (await Gateway.FunctionsAsync())[0].InFlight == (state == "in use" ? 1 : 0));
        return inUse;
    }

    /// <summary>A connection on which nothing is ever asked: only its handshake can have woken the function.</summary>
    private async Task WakesBySynAsync(int port, string function)
    {
        var before = (await Gateway.ColdStartsAsync()).Count;
        using (await _space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)))
        {
            await Eventually.True(async () => await StateAsync(function) == "Running", $"{function} running by a SYN to {port}");
        }

        await SleepAsync(function);
        await Eventually.True(async () => (await Gateway.ColdStartsAsync()).Count > before);
        var start = (await Gateway.ColdStartsAsync())[^1];
        Assert.Equal((function, "Syn"), (start.Function, start.Signal));
        await GetAsync(port);
        Assert.Equal("Running", await StateAsync(function));
    }

    private async Task GetAsync(int port, string path = "/")
    {
        var result = await Curl.GetAsync(new CurlOptions { Namespace = _space, Url = $"http://127.0.0.1:{port}{path}" });
        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
    }

    private static Task ServedAsync(Task inUse) => inUse.WaitAsync(Patience);

    private async Task SleepAsync(string function) =>
        (await Gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null)).EnsureSuccessStatusCode();

    private async Task<string> StateAsync(string function) =>
        (await Gateway.FunctionsAsync()).SingleOrDefault(one => one.Name == function)?.State ?? "none";
}
