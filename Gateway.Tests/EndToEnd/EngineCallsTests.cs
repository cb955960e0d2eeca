using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>docs/security.md lists the calls that the gateway makes of an engine. These functions need each of them, and get no others.</summary>
[SideBySide]
public sealed class EngineCallsTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    private const string Busybox = "calls:1";

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Calls_OfWholeLives_AreThoseThatTheDocumentationLists(string runtime)
    {
        var calls = EngineCall.ReadAll();
        Assert.Equal(25, calls.Count);
        calls = [.. calls.Where(call => call.Engine == "both" || call.Engine == runtime)];
        await Engines.ImportAsync(runtime, Busybox, ["/bin/busybox", "httpd", "-f", "-p", "8080"]);
        var network = $"calls-{Name}";
        var hasNetworks = runtime == "Docker";
        if (hasNetworks)
        {
            await Engines.RunAsync(runtime, "network", "create", network);
        }

        await using var proxy = await EngineProxy.StartAsync(Engines.SocketOf(runtime), calls);

        await StartAsync(new Dictionary<string, string> { [runtime] = proxy.SocketPath }, ("life", Life(runtime, hasNetworks ? network : null)), ("short", Short(runtime)));
        await GetAsync("/bin/busybox");
        await RestAsync("Paused");
        await GetAsync("/bin/busybox");
        await RestAsync("Initialized");
        await GetAsync("/bin/busybox");
        await RestAsync("Stopped");
        var failed = await Curl.GetAsync(new CurlOptions { Namespace = Engines.Space, Url = $"http://127.0.0.1:{Listen + 1}/" });
        Assert.Equal(503, failed.ThrowIfFailed().HttpCode);
        await Gateway.WaitForLogAsync(line => line.Contains("its last words: goodbye", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        await ReloadAsync(("life", Life(runtime, hasNetworks ? network : null)), ("pulled", Pulled(runtime)));
        await Eventually.True(async () => (await Engines.ContainersAsync(runtime, Name)).Length == 1, "the other function's container is removed");

        // Podman's networks need what is not on every machine.
        await Eventually.True(() => calls.Except(proxy.Used.Keys).All(call => !hasNetworks && call.Path.StartsWith("/networks/", StringComparison.Ordinal)), "each call is made");
        Assert.Empty(proxy.Refused);
        await EndAsync();
        if (hasNetworks)
        {
            await Engines.RunAsync(runtime, ["rm", "--force", .. await Engines.ContainersAsync(runtime, Name)]);
            await Engines.RunAsync(runtime, "network", "rm", network);
        }
    }

    [Fact]
    public async Task Calls_OfAnEngineOverTcp_AreThoseThatTheDocumentationListsAndWithoutThemItGoesOn()
    {
        var calls = EngineCall.ReadAll().Where(call => call.Engine is "both" or "Docker" or "both, TCP").ToArray();
        var listener = Engines.Space.Listen(new IPEndPoint(IPAddress.Loopback, Port + 1000));
        await using (var proxy = await EngineProxy.StartAsync(Engines.SocketOf("Docker"), calls, listener))
        {
            await StartAsync(Distant, sockets: null, ("hello", Container("Docker", tier: "Initialized")));
            await BecomesAsync("Initialized");
            await EndAsync(kill: true);
            await StartAsync(Distant, sockets: null, ("hello", Container("Docker", tier: "Initialized")));
            await BecomesAsync("Initialized");
            await GetAsync();

            Assert.Equal("Initialized", Assert.Single(await Gateway.ColdStartsAsync("hello")).Tier);
            Assert.Empty(calls.Where(call => call.Engine == "both, TCP").Except(proxy.Used.Keys));
            Assert.Empty(proxy.Refused);
            await EndAsync();
        }

        var other = Engines.Space.Listen(new IPEndPoint(IPAddress.Loopback, Port + 1000));
        await using var careful = await EngineProxy.StartAsync(Engines.SocketOf("Docker"), [.. calls.Where(call => call.Engine != "both, TCP")], other);
        await StartAsync(Distant, sockets: null, ("hello", Container("Docker", port: Engines.NextPort(), tier: "Initialized")));
        await Gateway.WaitForLogAsync(
            line => line.Contains("Function hello has no tier Initialized, and goes on without: the engine takes no container with a gate (status 403)", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        await GetAsync();

        void Distant(JsonObject section) => section["Docker"]!["Endpoint"] = $"tcp://127.0.0.1:{Port + 1000}";
    }

    private JsonObject Life(string runtime, string? network)
    {
        var function = Container(runtime, network is null ? "host" : "bridge", network is null ? null : 8080);
        function["Image"] = Busybox;
        function["Idle"]!["KeepAliveTier"] = "Initialized";
        function["Command"] = new JsonArray("/bin/sh", "-c", "exec /bin/busybox httpd -f -p $PORT -h /");
        function["Volumes"] = new JsonArray("/own");
        function["Cpu"] = new JsonObject { ["Limit"] = 1, ["Boost"] = true };
        function["HealthCheck"] = new JsonObject { ["Test"] = new JsonArray("CMD", "/bin/busybox", "true") };
        if (network is not null)
        {
            function["Networks"] = new JsonArray(network);
        }

        return function;
    }

    private JsonObject Short(string runtime)
    {
        var function = Container(runtime);
        function["Image"] = Busybox;
        function["Port"] = Engines.NextPort();
        function["Command"] = new JsonArray("/bin/sh", "-c", "echo goodbye; exit 3");
        function["Listen"] = new JsonArray($"http://*:{Listen + 1}");
        return function;
    }

    private JsonObject Pulled(string runtime)
    {
        var function = Container(runtime);
        function["Image"] = "127.0.0.1:9/nowhere:1";
        function["Port"] = Engines.NextPort();
        function["Listen"] = new JsonArray($"http://*:{Listen + 2}");
        return function;
    }

    private async Task RestAsync(string state)
    {
        using var answer = await Gateway.Admin.PostAsync(new Uri($"/api/functions/life/sleep?tier={state}", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
        await Eventually.True(async () => (await Gateway.FunctionsAsync()).Single(function => function.Name == "life").State == state, state);
    }
}
