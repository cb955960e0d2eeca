using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A function is served by its own program or not at all, and a program that listens elsewhere is told where.</summary>
[SideBySide]
public sealed class WhoListensTests
{
    private const int Port = 9200;
    private const int Public = 8081;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("", 0)]
    [InLongRuns("127.0.0.1", 0)]
    [InLongRuns("0.0.0.0", 0)]
    [InlineData("", 1500)]
    public async Task FixedPort_HeldBySomebodyElse_IsToldAndTheStrangersAnswerIsNobodys(string address, int bootMilliseconds)
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject { ["BOOT_MS"] = $"{bootMilliseconds}" }, Port);
        await using var stranger = await HelloSample.StartAsync(space, Port, new Dictionary<string, string?> { ["LISTEN_ADDRESS"] = address.Length == 0 ? null : address });

        var answer = await GetAsync(space);

        Assert.Equal(503, answer.Status);
        Assert.Equal("port-taken", answer.Reason);
        await gateway.WaitForLogAsync(line => line.Contains("Gateway:Functions:hello:Port", StringComparison.Ordinal) && line.Contains($"hello (process {stranger.Id}) already listens on 127.0.0.1:{Port}", StringComparison.Ordinal), Patience);
        await Eventually.True(async () => Assert.Single(await gateway.FunctionsAsync()).State == "Failed");
    }

    [Fact]
    public async Task FixedPort_TakenWhileTheFunctionBoots_IsToldAndTheStrangersAnswerIsNobodys()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject { ["BOOT_MS"] = "1500" }, Port);
        var asked = GetAsync(space);
        await Eventually.True(async () => Assert.Single(await gateway.FunctionsAsync()).State == "Starting");
        await using var stranger = await HelloSample.StartAsync(space, Port);

        Assert.Equal((503, "port-taken"), await asked);
    }

    [Fact]
    public async Task FixedPort_GivenUpByTheOther_IsTheFunctionsAtTheNextTry()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, [], Port);
        await using (await HelloSample.StartAsync(space, Port))
        {
            Assert.Equal(503, (await GetAsync(space)).Status);
        }

        await Eventually.True(async () => (await GetAsync(space)).Status == 200);
    }

    [Fact]
    public async Task FixedPort_ListenedOnByAChildOfTheProgram_IsTheFunctions()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, [], Port, "/bin/sh", "-c", $"'{await HelloSample.BuildAsync()}' & wait");

        Assert.Equal(200, (await GetAsync(space)).Status);
    }

    [Fact]
    public async Task HostNetworkContainer_WhosePortIsHeldBySomebodyElse_IsTold()
    {
        using var space = NetworkNamespace.Create();
        await using var engine = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = space });
        await engine.ImportImageAsync("hello:1", new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() }, ["/hello"]);
        await using var gateway = await StartAsync(space, engine, "host", environment: []);
        await using var stranger = await HelloSample.StartAsync(space, Port, new Dictionary<string, string?> { ["LISTEN_ADDRESS"] = "127.0.0.1" });

        Assert.Equal((503, "port-taken"), await GetAsync(space));
    }

    [Theory]
    [InLongRuns("LISTEN_ADDRESS", "::1", "it listens on [::1]:9200, which cannot be reached at 127.0.0.1")]
    [InLongRuns("LISTEN_ADDRESS", "127.0.0.2", "it listens on 127.0.0.2:9200, which cannot be reached at 127.0.0.1")]
    [InlineData("LISTEN_PORT", "3000", "it listens on [::]:3000; have it listen on port 9200, or write \"Port\": 3000")]
    [InlineData("BOOT_MS", "60000", "it runs and listens nowhere, where port 9200 is expected")]
    public async Task Process_ThatListensElsewhere_IsToldWhere(string variable, string value, string told)
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject { [variable] = value }, Port);

        Assert.Equal((503, "start-failed"), await GetAsync(space));
        await gateway.WaitForLogAsync(line => line.Contains("did not answer at 127.0.0.1:9200", StringComparison.Ordinal) && line.Contains(told, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Process_ThatDoesNotReadPort_IsToldOfTheVariable()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject { ["LISTEN_PORT"] = "3000" }, port: null);

        Assert.Equal(503, (await GetAsync(space)).Status);
        await gateway.WaitForLogAsync(line => line.Contains("it listens on [::]:3000", StringComparison.Ordinal) && line.Contains("which the variable PORT tells it", StringComparison.Ordinal), Patience);
    }

    [Theory]
    [InlineData("LISTEN_ADDRESS", "127.0.0.1", "it listens on 127.0.0.1:9200, which cannot be reached at 172.")]
    [InLongRuns("LISTEN_PORT", "8080", "it listens on [::]:8080; have it listen on port 9200, or write \"Port\": 8080")]
    public async Task BridgeContainer_ThatListensElsewhere_IsToldWhere(string variable, string value, string told)
    {
        using var space = NetworkNamespace.Create();
        await using var engine = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = space });
        await engine.ImportImageAsync("hello:1", new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() }, ["/hello"]);
        await using var gateway = await StartAsync(space, engine, "bridge", new JsonObject { [variable] = value });

        Assert.Equal((503, "start-failed"), await GetAsync(space));
        await gateway.WaitForLogAsync(line => line.Contains("did not answer at 172.", StringComparison.Ordinal) && line.Contains(told, StringComparison.Ordinal), Patience);
    }

    private static async Task<GatewayProcess> StartAsync(NetworkNamespace space, JsonObject environment, int? port, params string[] command)
    {
        var hello = Function("Process", environment, port);
        hello["Command"] = command.Length == 0 ? new JsonArray(await HelloSample.BuildAsync()) : new JsonArray([.. command.Select(word => JsonValue.Create(word))]);
        return await StartAsync(space, hello, []);
    }

    private static Task<GatewayProcess> StartAsync(NetworkNamespace space, DockerEngine engine, string network, JsonObject environment)
    {
        var hello = Function("Docker", environment, Port);
        hello["Image"] = "hello:1";
        hello["Network"] = network;
        return StartAsync(space, hello, new JsonObject { ["Docker"] = new JsonObject { ["Endpoint"] = engine.Endpoint.ToString() } });
    }

    private static JsonObject Function(string runtime, JsonObject environment, int? port) => new()
    {
        ["Runtime"] = runtime,
        ["Environment"] = environment,
        ["Port"] = port,
        ["Listen"] = new JsonArray($"http://*:{Public}"),
        ["Ready"] = new JsonObject { ["Timeout"] = "00:00:04" },
    };

    private static Task<GatewayProcess> StartAsync(NetworkNamespace space, JsonObject hello, JsonObject gateway)
    {
        gateway["Functions"] = new JsonObject { ["hello"] = hello };
        return GatewayProcess.StartAsync(new() { Namespace = space, Settings = new JsonObject { ["Gateway"] = gateway } });
    }

    private static async Task<(int Status, string? Reason)> GetAsync(NetworkNamespace space)
    {
        using var client = space.CreateHttpClient();
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{Public}/"));
        var body = await response.Content.ReadAsStringAsync();
        var reason = response.Content.Headers.ContentType?.MediaType == "application/problem+json" ? JsonDocument.Parse(body).RootElement.GetProperty("reason").GetString() : null;
        return ((int)response.StatusCode, reason);
    }
}
