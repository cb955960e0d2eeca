using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Telemetry;

/// <summary>The access log of a real gateway.</summary>
[SideBySide]
public sealed partial class AccessLogTests : IDisposable
{
    private readonly LabDirectory _directory = LabDirectory.Create("access-log");

    private string Log => _directory.File("access.log");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Json_HasEachRequestAndWhatItsColdStartWas()
    {
        await using var echo = await StartAsync("Json");
        await GetAsync(echo, "/first?a=b");
        await GetAsync(echo, "/second");
        var refused = await GetAsync(echo, "/nowhere", EchoFunction.Shared);

        var lines = await LinesAsync(3);

        var (cold, warm, own) = (Parse(lines[0]), Parse(lines[1]), Parse(lines[2]));
        Assert.Equal(("GET", "/first?a=b", "HTTP/1.1", 200, "echo", "127.0.0.1", "a.example"),
            (Text(cold, "method"), Text(cold, "target"), Text(cold, "protocol"), cold["status"].GetInt32(), Text(cold, "function"), Text(cold, "client"), Text(cold, "host")));
        Assert.Equal(("Request", "Stopped"), (Text(cold, "signal"), Text(cold, "tier")));
        Assert.InRange(cold["waitedMs"].GetDouble(), 0.1, cold["durationMs"].GetDouble());
        Assert.InRange(cold["hiddenMs"].GetDouble(), 0, cold["durationMs"].GetDouble());
        Assert.Equal("/second", Text(warm, "target"));
        Assert.DoesNotContain("signal", warm.Keys);
        Assert.Equal(("", 404, "no-route"), (Text(own, "function"), own["status"].GetInt32(), Text(own, "reason")));
        Assert.Contains($"\"requestId\":\"{Text(own, "id")}\"", refused, StringComparison.Ordinal);
        Assert.Equal(0, (await echo.Gateway.MetricsAsync()).Sum("gateway_access_log_dropped_total"));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Log) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
    }

    [Fact]
    public async Task CommonLogFormat_StaysOneLineWhateverAClientSends()
    {
        await using var echo = await StartAsync("Common");
        await GetAsync(echo, "/\"\\x%0a?%22");
        await GetAsync(echo, $"/{new string('l', 5000)}");

        var lines = await LinesAsync(2);

        Assert.All(lines, line => Assert.Matches(CommonLine(), line));
        Assert.Contains("\"GET /\\\"\\\\x%0a?", lines[0], StringComparison.Ordinal);
        Assert.Contains(" signal=Request hidden=", lines[0], StringComparison.Ordinal);
        Assert.InRange(lines[1].Length, 2048, 2400);
    }

    [Fact]
    public async Task Sample_OfNone_KeepsColdStartsAndFailuresOnly()
    {
        await using var echo = await StartAsync("Json", sample: 0);
        await GetAsync(echo, "/cold");
        await GetAsync(echo, "/warm");
        await GetAsync(echo, "/nowhere", EchoFunction.Shared);
        await GetAsync(echo, "/failing", EchoFunction.Shared);

        Assert.Equal(["/cold", "/failing"], (await LinesAsync(2)).Select(line => Text(Parse(line), "target")));
    }

    [Fact]
    public async Task File_RenamedAndTruncatedAndChangedByAReload_IsFollowed()
    {
        await using var echo = await StartAsync("Json");
        await GetAsync(echo, "/1");
        await LinesAsync(1);

        File.Move(Log, $"{Log}.1");
        await GetAsync(echo, "/2");
        Assert.Equal("/2", Text(Parse((await LinesAsync(1))[0]), "target"));

        using (var truncated = new FileStream(Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            truncated.SetLength(0);
        }

        await GetAsync(echo, "/3");
        Assert.Equal("/3", Text(Parse((await LinesAsync(1))[0]), "target"));

        var settings = EchoFunction.Settings(more: settings => Change(settings, "Common", 1));
        echo.Gateway.UpdateSettings(settings);
        await Eventually.True(async () =>
        {
            await GetAsync(echo, "/4");
            return File.ReadAllLines(Log)[^1].Contains("\"GET /4 HTTP/1.1\" 200 -", StringComparison.Ordinal);
        });
    }

    /// <summary>As while one gateway takes over from another.</summary>
    [Fact]
    public async Task File_OfTwoGateways_HasTheLinesOfBoth()
    {
        await using var one = await StartAsync("Json");
        await using var other = await StartAsync("Json");
        for (var round = 1; round <= 3; round++)
        {
            await GetAsync(one, $"/one/{round}");
            await LinesAsync((2 * round) - 1);
            await GetAsync(other, $"/other/{round}");
            await LinesAsync(2 * round);
        }

        Assert.Equal(["/one/1", "/other/1", "/one/2", "/other/2", "/one/3", "/other/3"], (await LinesAsync(6)).Select(line => Text(Parse(line), "target")));
    }

    [Fact]
    public async Task File_ThatCannotBeWritten_IsToldOnceAndNobodyWaits()
    {
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Gateway"]!["AccessLog"] = new JsonObject { ["Path"] = "/proc/version" });
        Assert.StartsWith("HTTP/1.1 200", await GetAsync(echo, "/"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await GetAsync(echo, "/"), StringComparison.Ordinal);

        await Eventually.True(async () => (await echo.Gateway.MetricsAsync()).Sum("gateway_access_log_dropped_total") == 2, "both are counted");
        Assert.Single(echo.Gateway.LastLines(1000).Split('\n'), line => line.Contains("The access log /proc/version cannot be written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StandardOutput_HasTheLines()
    {
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Gateway"]!["AccessLog"] = new JsonObject { ["Path"] = "stdout", ["Format"] = "Common" });

        await GetAsync(echo, "/here");

        await echo.Gateway.WaitForLogAsync(line => line.Contains("\"GET /here HTTP/1.1\" 200 -", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
    }

    private static Task<string> GetAsync(EchoFunction echo, string path, int port = EchoFunction.Listen) =>
        echo.SendAsync($"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", port);

    private static Dictionary<string, JsonElement> Parse(string line) => JsonDocument.Parse(line).RootElement.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value);

    private static string Text(Dictionary<string, JsonElement> entry, string key) => entry[key].GetString()!;

    private Task<EchoFunction> StartAsync(string format, double sample = 1) => EchoFunction.StartAsync(more: settings => Change(settings, format, sample));

    private void Change(JsonObject settings, string format, double sample)
    {
        settings["Gateway"]!["AccessLog"] = new JsonObject { ["Path"] = Log, ["Format"] = format, ["Sample"] = sample };
        settings["ReverseProxy"] = JsonNode.Parse("""
            {
              "Routes": { "failing": { "ClusterId": "own", "Match": { "Path": "/failing" } } },
              "Clusters": { "own": { "Destinations": { "nobody": { "Address": "http://127.0.0.1:9/" } } } }
            }
            """);
    }

    private async Task<string[]> LinesAsync(int count)
    {
        string[] lines = [];
        await Eventually.True(() => File.Exists(Log) && (lines = File.ReadAllLines(Log)).Length >= count, $"{count} lines");
        Assert.Equal(count, lines.Length);
        return lines;
    }

    [GeneratedRegex("""^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "[ -~]+ HTTP/1\.1" \d{3} -( signal=\w+ hidden=[\d.]+ms waited=[\d.]+ms)?$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommonLine();
}
