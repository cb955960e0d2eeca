using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions that need others. Each program asks the one that it needs before it listens, so it fails if that is not there.</summary>
[SideBySide]
public sealed class DependencyTests : IAsyncLifetime
{
    private const int DatabasePort = 9301;
    private const int CachePort = 9302;

    private readonly OpenFolder _folder = new();
    private string _hello = "";

    private string Journal { get; set; } = "";

    public async ValueTask InitializeAsync()
    {
        Journal = _folder.Add("journal");
        _hello = await HelloSample.BuildAsync();
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Chain_OfThree_IsStartedInOrderByTheFirstSignalOfTheLast()
    {
        await using var edge = await StartAsync(TimeSpan.FromMilliseconds(100), new()
        {
            ["database"] = Program("database", port: DatabasePort),
            ["cache"] = Program("cache", port: CachePort, asks: DatabasePort, dependsOn: ["database"]),
            ["hello"] = Program("hello", listen: true, asks: CachePort, dependsOn: ["cache"]),
        });

        Assert.Equal(200, (await edge.GetAsync()).ThrowIfFailed().HttpCode);

        Assert.Equal(["database", "cache", "hello"], await File.ReadAllLinesAsync(Journal));
        var database = await OnlyStartAsync(edge, "database");
        var cache = await OnlyStartAsync(edge, "cache");
        var app = await OnlyStartAsync(edge, "hello");
        Assert.Equal(("cache", "hello", null), (Text(database, "for"), Text(cache, "for"), Text(app, "for")));
        Assert.Equal(("Served", "Served", "Served"), (Text(database, "outcome"), Text(cache, "outcome"), Text(app, "outcome")));
        // All three began with the SYN, and none waited for the request.
        Assert.Equal("Syn", Text(app, "signal"));
        Assert.InRange(database.GetProperty("at").GetDateTimeOffset() - app.GetProperty("at").GetDateTimeOffset(), TimeSpan.FromMilliseconds(-1), TimeSpan.FromMilliseconds(1));
        Assert.InRange(database.GetProperty("phases").GetProperty("wake").GetInt64(), 0, app.GetProperty("phases").GetProperty("request").GetInt64());
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(0, metrics.Sum("gateway_wasted_wakes_total"));
    }

    [Fact]
    public async Task Needed_ThatCannotStart_FailsTheDependentWithItsReason()
    {
        await using var edge = await StartAsync(TimeSpan.Zero, new()
        {
            ["database"] = Failing(),
            ["hello"] = Program("hello", listen: true, dependsOn: ["database"]),
        });

        var answer = (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        Assert.Equal(503, answer.HttpCode);
        var failure = (await FunctionAsync(edge, "hello")).GetProperty("failure").GetString();
        Assert.Contains("it depends on database, which could not be started", failure, StringComparison.Ordinal);
        Assert.Empty(await File.ReadAllLinesAsync(Journal));
    }

    [Fact]
    public async Task Optional_ThatCannotStart_KeepsNobodyWaiting()
    {
        await using var edge = await StartAsync(TimeSpan.Zero, new()
        {
            ["extra"] = Failing(),
            ["slow"] = Program("slow", port: DatabasePort, boot: 20_000),
            ["hello"] = With(Program("hello", listen: true), new JsonArray(
                new JsonObject { ["Function"] = "extra", ["Optional"] = true }, new JsonObject { ["Function"] = "slow", ["Condition"] = "Started" })),
        });

        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

        Assert.Equal(["hello", "slow"], (await File.ReadAllLinesAsync(Journal)).Order());
        Assert.Equal("Starting", (await FunctionAsync(edge, "slow")).GetProperty("state").GetString());
        await Eventually.True(async () => (await FunctionAsync(edge, "extra")).GetProperty("state").GetString() == "Failed");
    }

    [Fact]
    public async Task Job_RunsToItsEndBeforeEachStartOfTheDependent()
    {
        var migrate = Program("migrate", script: "sleep 0.2; echo migrated >> \"$JOURNAL\"");
        await using var edge = await StartAsync(TimeSpan.Zero, new()
        {
            ["migrate"] = migrate,
            ["hello"] = With(Program("hello", listen: true), new JsonArray(new JsonObject { ["Function"] = "migrate", ["Condition"] = "Completed" })),
        });

        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        Assert.Equal(["migrate", "migrated", "hello"], await File.ReadAllLinesAsync(Journal));
        await Eventually.True(async () => (await FunctionAsync(edge, "migrate")).GetProperty("state").GetString() == "Stopped");
        await edge.SleepAsync("hello");
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

        Assert.Equal(["migrate", "migrated", "hello", "migrate", "migrated", "hello"], await File.ReadAllLinesAsync(Journal));
    }

    [Fact]
    public async Task Job_ThatEndsWithAnError_FailsTheDependent()
    {
        await using var edge = await StartAsync(TimeSpan.Zero, new()
        {
            ["migrate"] = Program("migrate", script: "exit 3"),
            ["hello"] = With(Program("hello", listen: true), new JsonArray(new JsonObject { ["Function"] = "migrate", ["Condition"] = "Completed" })),
        });

        Assert.Equal(503, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

        var failure = (await FunctionAsync(edge, "hello")).GetProperty("failure").GetString();
        Assert.Contains("exit code 3", failure, StringComparison.Ordinal);
        Assert.Equal(["migrate"], await File.ReadAllLinesAsync(Journal));
    }

    [Fact]
    public async Task Needed_RestsWithItsDependentAndNotBefore()
    {
        var database = Program("database", port: DatabasePort);
        database["Idle"] = new JsonObject { ["After"] = "00:00:00.2" };
        var app = Program("hello", listen: true, asks: DatabasePort, dependsOn: ["database"]);
        app["Idle"] = new JsonObject { ["After"] = "00:00:02" };
        await using var edge = await StartAsync(TimeSpan.Zero, new() { ["database"] = database, ["hello"] = app });
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        await Eventually.True(async () => (await FunctionAsync(edge, "hello")).GetProperty("state").GetString() == "Stopped");
        await Eventually.True(async () => (await FunctionAsync(edge, "database")).GetProperty("state").GetString() == "Stopped");

        // The log may come after the API has told of the state.
        await edge.Gateway.WaitForLogAsync(line => line.Contains("database: ", StringComparison.Ordinal) && line.Contains("is at rest, Stopped", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        string[] rests = [.. edge.Gateway.Log.Where(line => line.Contains("is at rest, Stopped", StringComparison.Ordinal))];
        Assert.Equal(2, rests.Length);
        Assert.Contains("hello: ", rests[0], StringComparison.Ordinal);
        Assert.Contains("database: ", rests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Needed_ThatIsKilled_IsStartedAgainForItsDependent()
    {
        await using var edge = await StartAsync(TimeSpan.Zero, new()
        {
            ["database"] = Program("database", port: DatabasePort),
            ["hello"] = Program("hello", listen: true, asks: DatabasePort, dependsOn: ["database"]),
        });
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var killed = await InstanceAsync(edge, "database");

        await File.WriteAllTextAsync(Path.Combine(Cgroup.FindRoot(), $"headstart-{edge.Gateway.ProcessId}", killed, "cgroup.kill"), "1");

        await Eventually.True(async () => (await FunctionAsync(edge, "database")).GetProperty("state").GetString() == "Running" && await InstanceAsync(edge, "database") != killed);
        Assert.Equal(["database", "hello", "database"], await File.ReadAllLinesAsync(Journal));
    }

    [Fact]
    public async Task Group_RestsWhenItsLastMemberWould()
    {
        var (one, other) = (Program("hello", listen: true), Program("other", port: DatabasePort));
        one["Idle"] = new JsonObject { ["After"] = "00:00:03" };
        other["Idle"] = new JsonObject { ["After"] = "00:00:00.3" };
        (one["Group"], other["Group"]) = ("shop", "shop");
        await using var edge = await StartAsync(TimeSpan.Zero, new() { ["hello"] = one, ["other"] = other });
        (await edge.Gateway.Admin.PostAsync(new Uri("/api/functions/other/wake", UriKind.Relative), content: null)).EnsureSuccessStatusCode();
        (await edge.GetAsync("/slow?ms=1500", Edge.HttpPort)).ThrowIfFailed();

        Assert.Equal("Running", (await FunctionAsync(edge, "other")).GetProperty("state").GetString());
        Assert.Equal("hello of its group has been used.", (await FunctionAsync(edge, "other")).GetProperty("rest").GetProperty("reason").GetString());
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).All(function => function.State == "Stopped"));
    }

    private static async Task<JsonElement> FunctionAsync(Edge edge, string name)
    {
        using var document = JsonDocument.Parse(await edge.Gateway.Admin.GetStringAsync($"/api/functions/{name}"));
        return document.RootElement.Clone();
    }

    private static async Task<string> InstanceAsync(Edge edge, string name) =>
        (await FunctionAsync(edge, name)).GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("id").GetString()!).FirstOrDefault() ?? "";

    private static async Task<JsonElement> OnlyStartAsync(Edge edge, string function)
    {
        using var document = JsonDocument.Parse(await edge.Gateway.Admin.GetStringAsync($"/api/coldstarts?function={function}"));
        return Assert.Single(document.RootElement.EnumerateArray()).Clone();
    }

    private static string? Text(JsonElement start, string name) => start.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static Task<Edge> StartAsync(TimeSpan roundTrip, JsonObject functions) => Edge.StartAsync(roundTrip, _ => functions);

    private static JsonObject With(JsonObject program, JsonArray dependsOn)
    {
        program["DependsOn"] = dependsOn;
        return program;
    }

    private static JsonObject Failing() => new() { ["Runtime"] = "Process", ["Command"] = new JsonArray("/bin/sh", "-c", "exit 1") };

    /// <summary>Returns a program that writes its name down, asks a port, and then listens.</summary>
    private JsonObject Program(string name, bool listen = false, int? port = null, int? asks = null, string[]? dependsOn = null, int boot = 20, string? script = null)
    {
        var ask = asks is null ? "" : $"curl --silent --fail --max-time 5 --output /dev/null http://127.0.0.1:{asks}/ || exit 7; ";
        var program = new JsonObject
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray("/bin/sh", "-c", $"{ask}echo {name} >> \"$JOURNAL\"; {script ?? $"exec {_hello}"}"),
            ["Environment"] = new JsonObject { ["JOURNAL"] = Journal, ["BOOT_MS"] = $"{boot}" },
        };
        if (port is not null)
        {
            program["Port"] = port;
        }

        if (listen)
        {
            program["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}", $"https://*:{Edge.HttpsPort}");
        }

        return dependsOn is null ? program : With(program, [.. dependsOn.Select(one => (JsonNode)one)]);
    }
}
