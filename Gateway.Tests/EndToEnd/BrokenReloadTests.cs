using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A running gateway whose file goes bad: all is told, nothing of it is in use, and the last good one serves on.</summary>
[SideBySide]
public sealed class BrokenReloadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Start_AllKindsOfMistakes_AreToldInOneGo()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = GatewayProcess.Launch(new()
        {
            Namespace = space,
            Settings = JsonNode.Parse("""
                { "Gatway": {},
                  "Kestrel": { "Limits": { "MaxRequestLineSiz": 1 }, "Endpoints": { "a": { "Url": "http://203.0.113.7:80", "Protocols": "Http9" } } },
                  "ReverseProxy": {
                    "Routes": { "r": { "ClusterId": "c", "Macth": {}, "CorsPolicy": "nowhere", "Transforms": [ { "Zebra": "x" } ] } },
                    "Clusters": { "c": { "LoadBalancingPolicy": "RoundRobn", "HealthCheck": { "Active": { "Interval": "often" } } } } },
                  "Gateway": { "Functions": { "f": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://203.0.113.7:81"] } } } }
                """)!.AsObject(),
        });

        Assert.Equal(2, await gateway.Exited.WaitAsync(Patience, TimeProvider.System));
        var log = string.Join('\n', gateway.Log);
        foreach (var path in (string[])
        [
            "Gatway", "Kestrel:Limits:MaxRequestLineSiz", "Kestrel:Endpoints:a:Url", "Kestrel:Endpoints:a:Protocols", "ReverseProxy:Routes:r:Match", "ReverseProxy:Routes:r:Macth",
            "ReverseProxy:Routes:r:CorsPolicy", "ReverseProxy:Routes:r:Transforms:0", "ReverseProxy:Clusters:c:LoadBalancingPolicy", "ReverseProxy:Clusters:c:HealthCheck:Active:Interval",
            "Gateway:Functions:f:Listen:0",
        ])
        {
            Assert.Contains($"  {path}: ", log, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_BrokenInManyWays_TheLastGoodStaysInFull()
    {
        using var space = NetworkNamespace.Create();
        using var taken = space.Listen(new IPEndPoint(IPAddress.Any, 8190));
        var good = await SettingsAsync();
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = good });
        var started = (await gateway.MetricsAsync()).Sum("gateway_config_last_success_timestamp_seconds");
        Assert.InRange(started, 1, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1);

        (string Path, string Says, Action<JsonObject> Break)[] broken =
        [
            ("ReverseProxy:Routes:shared:Macth", "unknown key; did you mean 'Match'?", settings => Route(settings)["Macth"] = new JsonObject()),
            ("ReverseProxy:Routes:shared:Transforms:0", "unknown transform", settings => Route(settings)["Transforms"] = new JsonArray(new JsonObject { ["PathRemoved"] = "/x" })),
            ("ReverseProxy:Routes:shared:AuthorizationPolicy", "'nobody'", settings => Route(settings)["AuthorizationPolicy"] = "nobody"),
            ("ReverseProxy:Clusters:hello:LoadBalancingPolicy", "did you mean 'RoundRobin'?", settings => settings["ReverseProxy"]!["Clusters"] = JsonNode.Parse("""{ "hello": { "LoadBalancingPolicy": "RoundRobn" } }""")),
            ("Kestrel:Endpoints:more:Protocols", "'Http9' is not one of", settings => Endpoint(settings, "http://*:8191")["Protocols"] = "Http9"),
            ("Kestrel:Endpoints:more:Url", "another program already listens on http://*:8190", settings => Endpoint(settings, "http://*:8190")),
            ("Kestrel:Endpoints:more:Url", "is no address of this machine", settings => Endpoint(settings, "http://203.0.113.7:8191")),
            ("Kestrel:Limits:MaxRequestBodySize", "is not a whole number", settings => settings["Kestrel"]!["Limits"] = new JsonObject { ["MaxRequestBodySize"] = "much" }),
            ("Gatway", "did you mean 'Gateway'?", settings => settings["Gatway"] = new JsonObject()),
            ("Gateway:Functions:hello:Listen:2", "is no address of this machine", settings => ((JsonArray)settings["Gateway"]!["Functions"]!["hello"]!["Listen"]!).Add("http://203.0.113.7:8192")),
            ("Gateway:Functions", "there are no functions any more, and 1 is in use; write \"Functions\": {} to end it.", settings => settings.Clear()),
        ];
        foreach (var (path, says, breakIt) in broken)
        {
            var settings = (JsonObject)good.DeepClone();
            // What a good one would have changed besides: none of it may be in use.
            ((JsonArray)settings["Gateway"]!["Functions"]!["hello"]!["Listen"]!).Add("http://*:8189");
            Route(settings)["Match"]!["Hosts"] = new JsonArray("elsewhere.example");
            breakIt(settings);
            gateway.UpdateSettings(settings);
            await gateway.WaitForLogAsync(line => line.Contains($" {path}: ", StringComparison.Ordinal) && line.Contains(says, StringComparison.Ordinal), Patience);
            await ServesAsAtTheStartAsync(space);
        }

        Assert.DoesNotContain(gateway.Log, line => line.Contains("new configuration is in use", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
        var metrics = await gateway.MetricsAsync();
        Assert.True(metrics.Sum("gateway_config_reloads_total", ("outcome", "Rejected")) >= broken.Length);
        Assert.Equal(0, metrics.Sum("gateway_config_reloads_total", ("outcome", "Applied")));
        Assert.Equal(started, metrics.Sum("gateway_config_last_success_timestamp_seconds"));

        // Routes alone are a change too.
        Route(good)["Match"]!["Hosts"] = new JsonArray("elsewhere.example");
        gateway.UpdateSettings(good);
        await gateway.WaitForLogAsync(line => line.Contains("The new configuration is in use: 1 functions.", StringComparison.Ordinal), Patience);
        await Eventually.True(async () => (await HostAsync(space, "elsewhere.example")).HttpCode == 200, "the new route");
        Assert.Equal(404, (await HostAsync(space, "shared.example")).HttpCode);
        metrics = await gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_config_reloads_total", ("outcome", "Applied")));
        Assert.True(metrics.Sum("gateway_config_last_success_timestamp_seconds") > started);
    }

    [Fact]
    public async Task Reload_ToNothing_IsRefusedAndToNoFunctionsIsNot()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = await SettingsAsync() });
        var file = Path.Combine(gateway.ContentRoot, "appsettings.json");

        await File.WriteAllTextAsync(file, "");
        await gateway.WaitForLogAsync(line => line.Contains(" appsettings.json:1: not valid JSON", StringComparison.Ordinal), Patience);
        await ServesAsAtTheStartAsync(space);

        using (var large = File.OpenWrite(file))
        {
            large.SetLength((64 << 20) + 1);
        }

        await gateway.WaitForLogAsync(line => line.Contains(" appsettings.json: is larger than 64 MiB", StringComparison.Ordinal), Patience);
        await ServesAsAtTheStartAsync(space);

        await File.WriteAllTextAsync(file, "{}");
        await gateway.WaitForLogAsync(line => line.Contains(" Gateway:Functions: there are no functions any more", StringComparison.Ordinal), Patience);
        await ServesAsAtTheStartAsync(space);

        await File.WriteAllTextAsync(file, """{ "Gateway": { "Functions": {} } }""");
        await gateway.WaitForLogAsync(line => line.Contains("The new configuration is in use: 0 functions.", StringComparison.Ordinal), Patience);
        await Eventually.True(async () => (await gateway.FunctionsAsync()).Count == 0, "no functions");
    }

    [Fact]
    public async Task Reload_OfWhatIsReadAtTheStart_SaysThatItWaitsForARestart()
    {
        using var space = NetworkNamespace.Create();
        var settings = await SettingsAsync();
        settings["Kestrel"]!["Limits"] = new JsonObject { ["MaxRequestBodySize"] = 10 };
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings });
        Assert.Equal(413, (await BodyAsync(space)).HttpCode);

        settings["Kestrel"]!["Limits"]!["MaxRequestBodySize"] = 1000;
        settings["Gateway"]!["Podman"] = new JsonObject { ["Endpoint"] = "unix:///nowhere/podman.sock" };
        gateway.UpdateSettings(settings);
        foreach (var path in (string[])["Kestrel:Limits", "Gateway:Podman"])
        {
            await gateway.WaitForLogAsync(line => line.Contains($"{path} has changed and is read at the start only: restart the gateway.", StringComparison.Ordinal), Patience);
        }

        Assert.Equal(413, (await BodyAsync(space)).HttpCode);
    }

    [Fact]
    public async Task Reload_ThatKestrelCannotFollow_IsTakenBackInFull()
    {
        using var space = NetworkNamespace.Create();
        using var directory = LabDirectory.Create("unprivileged");
        var good = await SettingsAsync();
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = good, Program = await UnprivilegedAsync(directory) });

        var settings = (JsonObject)good.DeepClone();
        Endpoint(settings, "http://127.0.0.1:81");
        Route(settings)["Match"]!["Hosts"] = new JsonArray("elsewhere.example");
        gateway.UpdateSettings(settings);

        await gateway.WaitForLogAsync(line => line.Contains("could not be put in use: Kestrel:Endpoints:more:Url: the system does not let this process listen on 127.0.0.1:81", StringComparison.Ordinal), Patience);
        await Eventually.True(async () => (await HostAsync(space, "shared.example")).HttpCode == 200, "the route of before");
        await ServesAsAtTheStartAsync(space);
        await Eventually.True(async () => (await gateway.MetricsAsync()).Sum("gateway_config_reloads_total", ("outcome", "Failed")) == 1, "the metric");

        // Whoever asks for it is told the same, and not that it was good.
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = "kill", Arguments = ["-HUP", gateway.ProcessId.ToString(CultureInfo.InvariantCulture)] })).ThrowIfFailed();
        var told = await gateway.WaitForLogAsync(line => line.Contains("SIGHUP: ", StringComparison.Ordinal), Patience);
        Assert.Contains("SIGHUP: the configuration was read again; it could not be put in use, and the one before is.", told, StringComparison.Ordinal);
        Assert.Equal(2, gateway.Log.Count(static line => line.Contains("could not be put in use: Kestrel:Endpoints:more:Url", StringComparison.Ordinal)));
        await ServesAsAtTheStartAsync(space);
    }

    // Without eBPF each address is a socket, and this gateway may open none below 1024. A container's label can ask for one, and is not to block what others change.
    [Fact]
    public async Task Reload_WithAnAddressThatTheSystemRefuses_IsRefusedBeforeItIsInUse()
    {
        using var space = NetworkNamespace.Create();
        using var directory = LabDirectory.Create("unprivileged");
        var good = await SettingsAsync();
        good["Gateway"]!["Ebpf"] = new JsonObject { ["Mode"] = "Off" };
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = good, Program = await UnprivilegedAsync(directory) });

        var settings = (JsonObject)good.DeepClone();
        settings["Gateway"]!["Functions"]!["hello"]!["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}", "http://127.0.0.1:82", "http://*:83");
        gateway.UpdateSettings(settings);

        await gateway.WaitForLogAsync(line => line.Contains("Gateway:Functions:hello:Listen: the system does not let this process listen on http://*:83: Permission denied.", StringComparison.Ordinal), Patience);
        Assert.Contains(gateway.Log, line => line.Contains("2 errors", StringComparison.Ordinal));
        Assert.Contains(gateway.Log, line => line.Contains("Gateway:Functions:hello:Listen: the system does not let this process listen on http://127.0.0.1:82: Permission denied.", StringComparison.Ordinal));
        await ServesAsAtTheStartAsync(space);
        var metrics = await gateway.MetricsAsync();
        Assert.Equal((1, 0), (metrics.Sum("gateway_config_reloads_total", ("outcome", "Rejected")), metrics.Sum("gateway_config_reloads_total", ("outcome", "Failed"))));
    }

    private static async Task<string> UnprivilegedAsync(LabDirectory directory)
    {
        var program = directory.File("gateway");
        await File.WriteAllTextAsync(program, $"""
            #!/bin/sh
            exec setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service dotnet "{Path.Combine(AppContext.BaseDirectory, "Gateway.dll")}" "$@"

            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    private static Task<CurlResult> BodyAsync(NetworkNamespace space) => Curl.GetAsync(new CurlOptions
    {
        Namespace = space,
        Url = $"http://127.0.0.1:{Edge.HttpPort}/",
        Arguments = ["--data", "more than ten bytes"],
    });

    private static async Task ServesAsAtTheStartAsync(NetworkNamespace space)
    {
        Assert.Equal(200, (await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{Edge.HttpPort}/" })).HttpCode);
        Assert.Equal(200, (await HostAsync(space, "shared.example")).HttpCode);
        Assert.Equal(404, (await HostAsync(space, "elsewhere.example")).HttpCode);
        foreach (var port in (int[])[8189, 8191, 8192])
        {
            Assert.NotEqual(0, (await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{port}/" })).ExitCode);
        }
    }

    private static Task<CurlResult> HostAsync(NetworkNamespace space, string host) =>
        Curl.GetAsync(new CurlOptions { Namespace = space, Url = "http://127.0.0.1:8180/", Arguments = ["--header", $"Host: {host}"] });

    private static JsonObject Route(JsonObject settings) => settings["ReverseProxy"]!["Routes"]!["shared"]!.AsObject();

    private static JsonObject Endpoint(JsonObject settings, string url)
    {
        var endpoint = new JsonObject { ["Url"] = url };
        settings["Kestrel"]!["Endpoints"]!["more"] = endpoint;
        return endpoint;
    }

    private static async Task<JsonObject> SettingsAsync()
    {
        var hello = await Edge.HelloAsync("Syn", 0);
        hello["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}");
        return new JsonObject
        {
            ["Kestrel"] = new JsonObject { ["Endpoints"] = new JsonObject { ["shared"] = new JsonObject { ["Url"] = "http://*:8180" } } },
            ["ReverseProxy"] = JsonNode.Parse("""{ "Routes": { "shared": { "ClusterId": "hello", "Match": { "Hosts": ["shared.example"] } } } }"""),
            ["Gateway"] = new JsonObject { ["Functions"] = new JsonObject { ["hello"] = hello } },
        };
    }
}
