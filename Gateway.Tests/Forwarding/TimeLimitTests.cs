using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>A request's time limits, held and forwarded: what the client is told, and that the log says it once.</summary>
[SideBySide]
public sealed class TimeLimitTests
{
    private const string TimedOut = "was not answered within its route's time limit";

    [Theory]
    [InlineData("00:00:30", "1.1")]
    [InLongRuns("00:00:30", "2.0")]
    // A hold that is shorter than the route's limit answers for itself.
    [InLongRuns("00:00:00.300", "1.1")]
    public async Task Timeout_OfTheRouteWhileHeld_IsToldAsWhatItIs(string hold, string version)
    {
        await using var odd = await OddFunction.StartAsync(
            function: function =>
            {
                function["Environment"]!["BOOT_MS"] = "20000";
                function["Hold"] = new JsonObject { ["Timeout"] = hold };
            },
            settings: WithTimeout);
        using var client = odd.SharedClient(version);
        var began = Stopwatch.GetTimestamp();

        using var answer = await client.GetAsync("/plain");

        var isHold = hold != "00:00:30";
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(isHold ? 0.25 : 0.95), TimeSpan.FromSeconds(10));
        await AssertProblemAsync(answer, isHold ? 503 : 504, isHold ? "hold-timeout" : "request-timeout");
        if (isHold)
        {
            Assert.Equal(0, Lines(odd, TimedOut));
        }
        else
        {
            await AssertToldOnceAsync(odd);
        }
    }

    [Theory]
    [InlineData(false)]
    // The lines are counted for ten seconds.
    [InLongRuns(true)]
    public async Task Timeouts_OfManyRequestsThatAreHeld_AreALineAndANumber(bool untilTheNumber)
    {
        await using var odd = await OddFunction.StartAsync(function: function => function["Environment"]!["BOOT_MS"] = "40000", settings: WithTimeout);
        using var client = odd.SharedClient("2.0");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync("/plain")));

        Assert.All(answers, answer => Assert.Equal(504, (int)answer.StatusCode));
        await AssertToldOnceAsync(odd);
        if (untilTheNumber)
        {
            await odd.Edge.Gateway.WaitForLogAsync(line => line.Contains("hello: 19 more such failures in 10 s", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        }
    }

    [Theory]
    [InLongRuns("/silent", "GET", "1.1")]
    [InlineData("/silent", "GET", "2.0")]
    // The head of an answer has come, but nothing of it has gone on to the client.
    [InLongRuns("/head", "GET", "1.1")]
    [InLongRuns("/silent", "POST", "1.1")]
    public async Task Timeout_OfTheRouteWhenForwarded_Is504AndToldOnce(string path, string method, string version)
    {
        await using var odd = await OddFunction.StartAsync(settings: WithTimeout);
        await odd.PidAsync();
        using var client = odd.SharedClient(version);

        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? new StringContent("something") : null };
        using var answer = await client.SendAsync(request);

        await AssertProblemAsync(answer, 504, "request-timeout");
        await AssertToldOnceAsync(odd);
        Assert.Equal(0, Lines(odd, "   at "));
    }

    [Theory]
    [InlineData("1.1")]
    [InLongRuns("2.0")]
    public async Task Timeout_AfterTheAnswerHasBegun_CutsItAndIsTold(string version)
    {
        await using var odd = await OddFunction.StartAsync(settings: WithTimeout);
        await odd.PidAsync();
        using var client = odd.SharedClient(version);

        using var answer = await client.GetAsync("/half", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.Content.ReadAsByteArrayAsync());
        await odd.Edge.Gateway.WaitForLogAsync(line => line.Contains(TimedOut, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Client_LeavesBeforeTheTimeout_IsNeitherAnsweredNorToldOf()
    {
        await using var odd = await OddFunction.StartAsync(settings: WithTimeout);
        await odd.PidAsync();
        using var client = odd.SharedClient("2.0");
        using var leaves = new CancellationTokenSource(TimeSpan.FromMilliseconds(300), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("/silent", leaves.Token));

        await Eventually.True(async () => (await odd.Edge.Gateway.FunctionsAsync())[0].InFlight == 0);
        using var other = await client.GetAsync("/silent");
        Assert.Equal(504, (int)other.StatusCode);
        await AssertToldOnceAsync(odd);
    }

    [Theory]
    [InLongRuns(true)]
    [InlineData(false)]
    public async Task ActivityTimeout_OfAQuietRequest_Is504ByTheFunctionsKeyOrTheClusters(bool isFunctions)
    {
        await using var odd = await OddFunction.StartAsync(
            function: function => function["ActivityTimeout"] = isFunctions ? "00:00:01" : null,
            settings: settings => settings["ReverseProxy"]!["Clusters"] = new JsonObject
            {
                ["hello"] = new JsonObject { ["HttpRequest"] = new JsonObject { ["ActivityTimeout"] = isFunctions ? "00:01:00" : "00:00:01" } },
            });

        using var answer = await odd.Client.GetAsync("/silent");

        await AssertProblemAsync(answer, 504, "activity-timeout");
    }

    [Fact]
    public async Task ActivityTimeout_ChangedByAReload_IsInForce()
    {
        await using var odd = await OddFunction.StartAsync();
        var pid = await odd.PidAsync();
        var settings = odd.Edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["ActivityTimeout"] = "00:00:00.500";

        odd.Edge.Gateway.UpdateSettings(settings);

        // One that came before the change has the limit of then.
        await Eventually.True(() => IsLimitedAsync(odd));
        Assert.Equal(pid, await odd.PidAsync());
    }

    [Fact]
    public async Task ActivityTimeout_OfAnOpenUpgrade_CountsNeitherTheStartNorTheSilenceAfterwards()
    {
        await using var odd = await OddFunction.StartAsync(function: function =>
        {
            function["ActivityTimeout"] = "00:00:00.500";
            // The start takes twice as long.
            function["Command"] = new JsonArray("/bin/sh", "-c", $"sleep 1 && exec '{function["Command"]![0]}'");
        });
        await using var stream = await odd.ConnectAsync();
        await stream.WriteAsync("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray());
        var buffer = new byte[4096];
        var head = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
        Assert.StartsWith("HTTP/1.1 101", head, StringComparison.Ordinal);

        // Four times the limit, by the gateway's clock and ours.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await stream.WriteAsync("x"u8.ToArray());

        Assert.Equal(1, await stream.ReadAsync(buffer.AsMemory(0, 1)));
        Assert.Equal((byte)'x', buffer[0]);

        // The program closes at a full stop and says nothing more: an end, and no failure.
        await stream.WriteAsync("."u8.ToArray());
        Assert.Equal(0, await stream.ReadAsync(buffer));
        Assert.DoesNotContain(odd.Edge.Gateway.Log, line => line.Contains("was not answered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ActivityTimeout_OfAnUpgradeThatNobodyTakes_Is504()
    {
        await using var odd = await OddFunction.StartAsync(function: function => function["ActivityTimeout"] = "00:00:00.500");
        await using var stream = await odd.ConnectAsync();

        await stream.WriteAsync("GET /silent HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray());

        var buffer = new byte[4096];
        Assert.StartsWith("HTTP/1.1 504", Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)), StringComparison.Ordinal);
    }

    private static async Task<bool> IsLimitedAsync(OddFunction odd)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);
        try
        {
            using var answer = await odd.Client.GetAsync("/silent", patience.Token);
            await AssertProblemAsync(answer, 504, "activity-timeout");
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static void WithTimeout(JsonObject settings) => settings["ReverseProxy"]!["Routes"]!["hello"]!["Timeout"] = "00:00:01";

    private static async Task AssertProblemAsync(HttpResponseMessage answer, int status, string reason)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(reason, problem.GetProperty("reason").GetString());
    }

    // The answer may be here before the log's line is.
    private static async Task AssertToldOnceAsync(OddFunction odd)
    {
        await odd.Edge.Gateway.WaitForLogAsync(line => line.Contains(TimedOut, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(1, Lines(odd, TimedOut));
    }

    private static int Lines(OddFunction odd, string text) => odd.Edge.Gateway.Log.Count(line => line.Contains(text, StringComparison.Ordinal));
}
