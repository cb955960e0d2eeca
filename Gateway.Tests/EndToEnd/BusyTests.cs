using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions that do not rest though nobody asks them (<c>Idle:Veto</c>, <c>Headstart-Keep-Awake</c>, <c>Idle:Schedule</c>), or may not run, by the built gateway.</summary>
[SideBySide]
public sealed class BusyTests : IDisposable
{
    private static readonly TimeSpan s_after = TimeSpan.FromMilliseconds(300);

    private readonly LabDirectory _files = LabDirectory.Create("busy");

    private string Busy => _files.File("busy");

    public void Dispose() => _files.Dispose();

    // A file, and a command that looks for it: they are busy as long as it is there.
    [Theory]
    [InlineData("File")]
    [InlineData("Command")]
    public async Task Veto_OfThisMachine_KeepsItRunningUntilItIsOver(string kind)
    {
        await File.WriteAllTextAsync(Busy, "");
        var veto = kind == "File" ? new JsonObject { ["File"] = Busy } : new JsonObject { ["Command"] = new JsonArray("/bin/sh", "-c", $"test -n \"$HEADSTART_INSTANCE\" && test -e {Busy}") };
        await using var edge = await StartAsync(veto, new JsonObject { ["File"] = "/nothing/is/here" });
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

        await edge.Gateway.WaitForLogAsync(line => line.Contains($"is busy and goes on running: {kind}", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        await Eventually.True(async () => (await RestAsync(edge)).Reason.StartsWith($"It is busy: {kind}", StringComparison.Ordinal), "the reason");
        Assert.Equal("Running", (await RestAsync(edge)).State);
        File.Delete(Busy);

        await RestsAsync(edge);
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.InRange(metrics.Sum("gateway_rest_vetoes_total", ("function", "hello"), ("outcome", "Busy")), 1, 30);
        Assert.InRange(metrics.Sum("gateway_rest_vetoes_total", ("function", "hello"), ("outcome", "Free")), 2, 60);
    }

    // The sample answers /healthz at once and /slow too late. An unknown path is 404, which is no veto.
    [Fact]
    public async Task Veto_PathOfTheInstance_KeepsItRunningWhileItAnswers2xx()
    {
        await using var edge = await StartAsync(Path("/unknown"), Path("/healthz"));
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("is busy and goes on running: Path /healthz answers 200", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.Equal("Running", (await RestAsync(edge)).State);

        var settings = edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Idle"]!["Veto"] = new JsonArray(Path("/unknown"));
        edge.Gateway.UpdateSettings(settings);

        await RestsAsync(edge);
    }

    [Fact]
    public async Task Veto_ThatCannotBeAsked_IsToldOnceAndKeepsNothingRunning()
    {
        await using var edge = await StartAsync(
            Path("/slow?ms=20000"),
            new JsonObject { ["Command"] = new JsonArray("/bin/sleep", "20"), ["Timeout"] = "00:00:00.2" },
            new JsonObject { ["Command"] = new JsonArray("/nothing/is/here") });
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);
            await RestsAsync(edge);
        }

        await edge.Gateway.WaitForLogAsync(line => line.Contains("the veto Path /slow?ms=20000 could not be asked, so it keeps nothing awake: no answer in 00:00:00.2", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        await edge.Gateway.WaitForLogAsync(line => line.Contains("the veto Command /nothing/is/here could not be asked, so it keeps nothing awake: /nothing/is/here: No such file or directory", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(6, (await edge.Gateway.MetricsAsync()).Sum("gateway_rest_vetoes_total", ("function", "hello"), ("outcome", "Failed")));
        Assert.Equal(3, edge.Gateway.Log.Count(line => line.Contains("could not be asked", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Veto_Cpu_KeepsItRunningWhileItWorks()
    {
        // The shell works for as long as the file is there, and the function beside it.
        await File.WriteAllTextAsync(Busy, "");
        await using var edge = await StartAsync(
            hello => hello["Command"] = new JsonArray("/bin/sh", "-c", $"while test -e {Busy}; do :; done & exec {hello["Command"]![0]}"), new JsonObject { ["Cpu"] = 0.1, ["Every"] = "00:00:01" });
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

        await edge.Gateway.WaitForLogAsync(line => line.Contains("is busy and goes on running: Cpu 0.1 is reached", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.Equal("Running", (await RestAsync(edge)).State);
        File.Delete(Busy);

        await RestsAsync(edge);
    }

    [Fact]
    public async Task KeepAwake_OfAnAnswer_KeepsItRunningAndIsNotShown()
    {
        var script = _files.File("cgi-bin/awake");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(script)!);
        await File.WriteAllTextAsync(script, "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\nHeadstart-Keep-Awake: %s\\r\\n\\r\\nworks on\\n' \"$QUERY_STRING\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await using var edge = await StartAsync(hello => hello["Command"] = new JsonArray("/bin/sh", "-c", $"exec /bin/busybox httpd -f -p 127.0.0.1:$PORT -h {_files.Path}"));
        var answer = await AskAsync(edge, "/cgi-bin/awake?2");
        Assert.Contains("works on", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Keep-Awake", answer, StringComparison.OrdinalIgnoreCase);
        var asked = TimeProvider.System.GetTimestamp();
        await Eventually.True(async () => (await RestAsync(edge)).Reason.StartsWith("Its answer has asked for it (Headstart-Keep-Awake), for another ", StringComparison.Ordinal), "the reason");
        Assert.Equal("Running", (await RestAsync(edge)).State);
        await RestsAsync(edge);
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(20));

        // Taken back.
        await AskAsync(edge, "/cgi-bin/awake?3600");
        await AskAsync(edge, "/cgi-bin/awake?0");
        await RestsAsync(edge);

        await AskAsync(edge, "/cgi-bin/awake?soon");
        await edge.Gateway.WaitForLogAsync(line => line.Contains("hello: its answer's Headstart-Keep-Awake is 'soon', which is no number of seconds from 0 to 86400, and is not heeded.", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        await RestsAsync(edge);
    }

    [Fact]
    public async Task Schedule_Down_AnswersWhenItWillBeUpAndUp_IsStartedByNobody()
    {
        await using var edge = await StartAsync(hello => hello["Idle"]!["Schedule"] = Window(-60, +60, "Down"));
        var shut = await edge.Network.Client.ExecuteAsync("curl", "--silent", "--include", $"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/");
        Assert.StartsWith("HTTP/1.1 503", shut.Output, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"scheduled-down\"", shut.Output, StringComparison.Ordinal);
        var retry = shut.Output.Split('\n').Single(line => line.StartsWith("Retry-After: ", StringComparison.Ordinal));
        Assert.InRange(int.Parse(retry["Retry-After: ".Length..], CultureInfo.InvariantCulture), 3400, 3660);
        Assert.Empty(await edge.Gateway.ColdStartsAsync("hello"));
        Assert.StartsWith("Idle:Schedule has it down until ", (await RestAsync(edge)).Reason, StringComparison.Ordinal);

        // Nobody asks for it.
        var settings = edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Idle"]!["Schedule"] = Window(-60, +60, "Up");
        edge.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await RestAsync(edge)).State == "Running", "the start");
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed().HttpCode);

        settings["Gateway"]!["Functions"]!["hello"]!["Idle"]!["Schedule"] = Window(-60, +60, "Down");
        edge.Gateway.UpdateSettings(settings);
        await RestsAsync(edge);
    }

    private static JsonObject Path(string path) => new() { ["Path"] = path, ["Every"] = "00:00:01", ["Timeout"] = "00:00:00.2" };

    // A window around now, by a zone whose clock is the machine's own only by chance.
    private static JsonArray Window(int from, int to, string what)
    {
        const string Zone = "Asia/Kathmandu";
        var now = TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(Zone));
        return [new JsonObject { ["From"] = $"{now.AddMinutes(from):HH:mm}", ["To"] = $"{now.AddMinutes(to):HH:mm}", ["TimeZone"] = Zone, ["Is"] = what }];
    }

    private static Task<Edge> StartAsync(params JsonObject[] vetoes) => StartAsync(static _ => { }, vetoes);

    private static async Task<Edge> StartAsync(Action<JsonObject> change, params JsonObject[] vetoes)
    {
        var hello = await Edge.HelloAsync("Request", bootMilliseconds: 0, s_after);
        hello["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}");
        hello["Idle"]!["Veto"] = new JsonArray([.. vetoes.Select(Often)]);
        change(hello);
        return await Edge.StartAsync(TimeSpan.Zero, _ => new JsonObject { ["hello"] = hello });
    }

    private static JsonObject Often(JsonObject veto)
    {
        veto["Every"] = "00:00:01";
        return veto;
    }

    private static async Task<string> AskAsync(Edge edge, string path) =>
        (await edge.Network.Client.ExecuteAsync("curl", "--silent", "--show-error", "--include", "--max-time", "30", $"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}{path}")).ThrowIfFailed().Output;

    private static Task RestsAsync(Edge edge) => Eventually.True(async () => (await RestAsync(edge)).State == "Stopped", "it does not come to rest");

    private static async Task<(string State, string Reason)> RestAsync(Edge edge)
    {
        var function = JsonDocument.Parse(await edge.Gateway.Admin.GetStringAsync("/api/functions/hello")).RootElement;
        return (function.GetProperty("state").GetString()!, function.GetProperty("rest") is { ValueKind: JsonValueKind.Object } rest ? rest.GetProperty("reason").GetString()! : "");
    }
}
