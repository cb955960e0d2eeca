using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a user sees when something is wrong, or missing, at the start.</summary>
[SideBySide]
public sealed class StartUpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The numbers of Microsoft.Extensions.Logging.LogLevel, which the framework takes too.
    [Theory]
    [InLongRuns("1", true, true)]
    [InLongRuns("2", true, false)]
    [InlineData("\"2\"", true, false)]
    [InlineData("3", false, false)]
    public async Task Logging_LevelByItsNumber_IsThatLevel(string level, bool hasInformation, bool hasDebug)
    {
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Logging"] = JsonNode.Parse($$"""{ "LogLevel": { "Default": {{level}} } }"""));

        Assert.StartsWith("HTTP/1.1 200 OK", await echo.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(0, await echo.Gateway.StopAsync(Patience));

        Assert.Equal((hasInformation, hasDebug), (Has("info:"), Has("dbug:")));

        bool Has(string prefix) => echo.Gateway.Log.Any(line => line.Contains(prefix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mistakes_AllOfThemAreToldWithTheirPaths_ExitCode2()
    {
        var settings = JsonNode.Parse("""
            {
              "Gateway": {
                "Functions": {
                  "a": { "Runtime": "Process", "Prot": 1, "Port": "many", "Listen": ["http://*:8081"] },
                  "b": { "Runtime": "Docker", "Image": "b:1", "Listen": ["http://*:8081"], "WakeOn": "Monday" }
                }
              }
            }
            """)!.AsObject();

        var (code, log) = await FailAsync(settings);

        Assert.Equal(2, code);
        Assert.Contains("Gateway:Functions:a:Prot", log, StringComparison.Ordinal);
        Assert.Contains("did you mean 'Port'", log, StringComparison.Ordinal);
        Assert.Contains("Gateway:Functions:a:Port", log, StringComparison.Ordinal);
        Assert.Contains("Command", log, StringComparison.Ordinal);
        Assert.Contains("Gateway:Functions:b:WakeOn", log, StringComparison.Ordinal);
        Assert.Contains("Gateway:Functions:b:Listen:0", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_TakenByAnother_IsToldWithItsPath_ExitCode2()
    {
        using var space = NetworkNamespace.Create();
        using var taken = space.Listen(new System.Net.IPEndPoint(System.Net.IPAddress.Any, 8081));
        var settings = Settings(await Edge.HelloAsync("Syn", 0));

        var (code, log) = await FailAsync(settings, space);

        Assert.Equal(2, code);
        Assert.Contains("Gateway:Functions:hello:Listen", log, StringComparison.Ordinal);
        Assert.Contains("8081", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EbpfRequired_WithoutTheCapability_ExitCode2AndWhatToDo()
    {
        using var wrapper = new WithoutCapabilities();
        var settings = Settings(await Edge.HelloAsync("Syn", 0), new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Required" } });

        var (code, log) = await FailAsync(settings, program: wrapper.Program);

        Assert.Equal(2, code);
        Assert.Contains("Gateway:Ebpf:Mode", log, StringComparison.Ordinal);
        Assert.Contains("CAP_BPF", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EbpfAuto_WithoutTheCapability_ServesByRequestAndSaysSoOnce()
    {
        using var wrapper = new WithoutCapabilities();
        using var space = NetworkNamespace.Create();
        var settings = Settings(await Edge.HelloAsync("Syn", 20));
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings, Program = wrapper.Program });

        var result = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{Edge.HttpPort}/" });

        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
        var start = Assert.Single(await gateway.ColdStartsAsync("hello"));
        Assert.Equal("Request", start.Signal);
        Assert.Null(start.Phases["listening"]);
        Assert.Single(gateway.Log, line => line.Contains("No eBPF", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EbpfOff_ServesByRequest()
    {
        using var space = NetworkNamespace.Create();
        var settings = Settings(await Edge.HelloAsync("Syn", 20), new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Off" } });
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings });

        var result = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{Edge.HttpPort}/" });

        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
        Assert.Equal("Request", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
    }

    [Fact]
    public async Task Engine_Unreachable_IsToldAndOnlyItsFunctionFails()
    {
        using var space = NetworkNamespace.Create();
        var settings = Settings(await Edge.HelloAsync("Syn", 0), new JsonObject { ["Docker"] = new JsonObject { ["Endpoint"] = "unix:///nowhere/docker.sock" } });
        settings["Gateway"]!["Functions"]!["boxed"] = JsonNode.Parse("""{ "Runtime": "Docker", "Image": "a:1", "Listen": ["http://*:8099"] }""");
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings });

        var boxed = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = "http://127.0.0.1:8099/" });
        var hello = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{Edge.HttpPort}/" });

        Assert.Equal(503, boxed.HttpCode);
        Assert.Equal(200, hello.HttpCode);
        await gateway.WaitForLogAsync(line => line.Contains("Gateway:Docker:Endpoint", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Stop_WhileItWarmsUp_EndsWithZero()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = GatewayProcess.Launch(new() { Namespace = space, Settings = Settings(await Edge.HelloAsync("Syn", 0)) });
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        // It listens before it warms up, and is ready after.
        (await Retry.UntilConnectedAsync(token => space.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 9090), token), limit.Token)).Dispose();

        var code = await gateway.StopAsync(Patience);

        Assert.Equal(0, code);
        Assert.DoesNotContain(gateway.Log, line => line.Contains("Ready:", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, line => line.Contains("Unhandled", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
    }

    private static JsonObject Settings(JsonObject hello, JsonObject? gateway = null)
    {
        // No certificate here: plain HTTP only.
        hello["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}");
        gateway ??= [];
        gateway["Functions"] = new JsonObject { ["hello"] = hello };
        return new JsonObject { ["Gateway"] = gateway };
    }

    private static async Task<(int Code, string Log)> FailAsync(JsonObject settings, NetworkNamespace? space = null, string? program = null)
    {
        using var own = space is null ? NetworkNamespace.Create() : null;
        await using var gateway = GatewayProcess.Launch(new() { Namespace = space ?? own, Settings = settings, Program = program });
        var code = await gateway.Exited.WaitAsync(Patience, TimeProvider.System);
        return (code, string.Join('\n', gateway.Log));
    }

    /// <summary>A program that runs the gateway as root, but without the capabilities that eBPF needs.</summary>
    private sealed class WithoutCapabilities : IDisposable
    {
        private readonly LabDirectory _directory = LabDirectory.Create("without-capabilities");

        public WithoutCapabilities()
        {
            Program = _directory.File("gateway");
            const string Dropped = "-bpf,-perfmon,-net_admin,-sys_admin";
            File.WriteAllText(Program, $"""
                #!/bin/sh
                exec setpriv --bounding-set={Dropped} --inh-caps={Dropped} dotnet "{Path.Combine(AppContext.BaseDirectory, "Gateway.dll")}" "$@"

                """);
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public string Program { get; }

        public void Dispose() => _directory.Dispose();
    }
}
