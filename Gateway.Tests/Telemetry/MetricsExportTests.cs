using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Telemetry;

/// <summary>The metrics that a real gateway sends to a collector.</summary>
[SideBySide]
public sealed class MetricsExportTests
{
    private const string NotTaken = "did not take metrics: ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Export_IsWhatAScrapeGets_InTheMappingOfOtlp()
    {
        await using var echo = await StartAsync("00:00:01", new JsonObject { ["Authorization"] = "Bearer s3cret,1" });
        await using var collector = new MetricsReceiver(echo.Space);
        await GetAsync(echo);
        await GetAsync(echo);

        var export = await collector.WaitAsync(export => export.Sum("gateway_requests_total", "[function=echo]").Equals(2));

        var scrape = Values(await echo.Gateway.MetricsAsync());
        export = await collector.WaitAsync(export => scrape.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(export.Values.Select(value => value.Name + value.Labels)));
        var exported = export.Values.ToDictionary(value => value.Name + value.Labels, value => value.Value, StringComparer.Ordinal);
        // Nobody asks meanwhile, but the runtime and the admin endpoint's connections do not rest.
        var still = scrape.Where(pair => pair.Key.StartsWith("gateway_", StringComparison.Ordinal) && !pair.Key.StartsWith("gateway_connection", StringComparison.Ordinal)).ToArray();
        Assert.True(still.Length > 100, $"{still.Length} series are compared");
        Assert.All(still, pair => Assert.Equal(pair.Value, exported[pair.Key]));
        Assert.Equal(("headstart", (await VersionAsync(echo))!), (export.Resource["service.name"], export.Resource["service.version"].Split('+')[0]));
        Assert.NotEmpty(export.Resource["service.instance.id"]);
        var head = collector.Exports.Last().Head.Split("\r\n");
        Assert.Equal("POST /v1/metrics HTTP/1.1", head[0]);
        Assert.Contains("Content-Type: application/json", head);
        Assert.Contains("Authorization: Bearer s3cret,1", head);
        Assert.DoesNotContain(echo.Gateway.Log, line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Series_ThatComesLater_CountsSinceTheExportBefore()
    {
        await using var echo = await StartAsync("00:00:01");
        await using var collector = new MetricsReceiver(echo.Space);
        var first = await collector.WaitAsync(static export => export.Times.ContainsKey("gateway_connections_accepted_total"));

        await GetAsync(echo);
        var export = await collector.WaitAsync(export => export.Sum("gateway_requests_total", "[function=echo]").Equals(1));

        var began = first.Times["gateway_connections_accepted_total"];
        Assert.Equal(began.Start, export.Times["gateway_connections_accepted_total"].Start);
        var series = export.Times.Single(pair => pair.Key.StartsWith("gateway_requests_total[code=200][function=echo]", StringComparison.Ordinal)).Value;
        Assert.InRange(series.Start, began.At, series.At - 0.5);
    }

    [Fact]
    public async Task Collector_ThatAsksForPatience_IsSentThemAgainWhenItSaid()
    {
        await using var echo = await StartAsync("00:00:20");
        await using var collector = new MetricsReceiver(echo.Space) { Answer = MetricsReceiver.Refusing("503 Service Unavailable", "Retry-After: 2\r\n") };
        await Eventually.True(() => collector.Exports.Count == 1 || collector.Exports.Count == 2, "the first one comes");
        collector.Answer = MetricsReceiver.Taken;
        await Eventually.True(() => collector.Exports.Count >= 2, "it comes again");

        var (one, two) = (collector.Exports.ElementAt(0), collector.Exports.ElementAt(1));
        Assert.InRange(TimeProvider.System.GetElapsedTime(one.At, two.At), TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(10));
        Assert.Equal(one.Body, two.Body);
        Assert.DoesNotContain(echo.Gateway.Log, line => line.Contains(NotTaken, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Collector_ThatIsOutOfOrder_IsToldOnce_AndThatItWorksAgain()
    {
        await using var echo = await StartAsync("00:00:01");
        await echo.Gateway.WaitForLogAsync(line => line.Contains($"The collector at http://127.0.0.1:{MetricsReceiver.Port}/ {NotTaken}it cannot be reached: ", StringComparison.Ordinal), Patience);
        await using var collector = new MetricsReceiver(echo.Space) { Answer = MetricsReceiver.Refusing("502 Bad Gateway") };
        await Eventually.True(() => collector.Exports.Count >= 2, "several fail");
        await GetAsync(echo);
        collector.Answer = MetricsReceiver.Taken;

        await echo.Gateway.WaitForLogAsync(line => line.Contains("takes metrics again", StringComparison.Ordinal), Patience);

        // What was counted meanwhile is in the next one.
        await collector.WaitAsync(export => export.Sum("gateway_requests_total", "[function=echo]").Equals(1));
        Assert.Single(echo.Gateway.Log, line => line.Contains(NotTaken, StringComparison.Ordinal));
        Assert.Single(echo.Gateway.Log, line => line.Contains("takes metrics again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("400 Bad Request", "{\"message\":\"no such tenant\"}", "it answered 400: {\"message\":\"no such tenant\"}")]
    [InLongRuns("307 Temporary Redirect", "", "it answered 307")]
    [InlineData("200 OK", "{\"partialSuccess\":{\"rejectedDataPoints\":\"7\",\"errorMessage\":\"too old\"}}", "it refused 7 data points: too old")]
    public async Task Refusal_ThatAnotherTryWouldNotHelp_IsToldAndNotRepeated(string status, string body, string told)
    {
        await using var echo = await StartAsync("01:00:00", collector: false);
        await using var collector = new MetricsReceiver(echo.Space) { Answer = MetricsReceiver.Refusing(status, body: body) };
        echo.Gateway.UpdateSettings(Settings("01:00:00", null));

        await echo.Gateway.WaitForLogAsync(line => line.Contains($"{NotTaken}{told}.", StringComparison.Ordinal), Patience);

        Assert.Single(collector.Exports);
    }

    [Fact]
    public async Task Collector_ThatHangs_KeepsNobodyWaiting_AndIsAskedOneByOne()
    {
        await using var echo = await StartAsync("00:00:01");
        await using var collector = new MetricsReceiver(echo.Space) { Answer = null };

        await echo.Gateway.WaitForLogAsync(line => line.Contains($"{NotTaken}it did not answer within 1 s.", StringComparison.Ordinal) || line.Contains($"{NotTaken}it cannot be reached", StringComparison.Ordinal), Patience);
        await Eventually.True(() => collector.Exports.Count >= 3, "it is asked again");

        Assert.StartsWith("HTTP/1.1 200", await GetAsync(echo), StringComparison.Ordinal);
        Assert.False(collector.HasOverlapped);
        // The last export does not keep the gateway either.
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await echo.Gateway.StopAsync(Patience));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Contains(echo.Gateway.Log, line => line.Contains("did not take the last metrics before the end of the gateway: it did not answer within 2 s.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Collectors_OfMetricsAndOfTraces_ThatHang_KeepTheEndWaitingOnce()
    {
        await using var echo = await EchoFunction.StartAsync(more: static settings =>
        {
            Change("01:00:00", null, collector: true)(settings);
            settings["Gateway"]!["Tracing"] = new JsonObject { ["Endpoint"] = $"http://127.0.0.1:{OtlpReceiver.Port}" };
        });
        await using var metrics = new MetricsReceiver(echo.Space);
        // It takes connections and answers nothing.
        using var traces = echo.Space.Listen(new IPEndPoint(IPAddress.Loopback, OtlpReceiver.Port));
        await Eventually.True(() => metrics.Exports.Count == 1, "the metrics of the start come");
        metrics.Answer = null;
        await GetAsync(echo);
        using var hanging = await traces.AcceptAsync(TestContext.Current.CancellationToken);

        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await echo.Gateway.StopAsync(Patience));

        // After the traces' two seconds the last metrics would be sent later than that.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began, metrics.Exports.Last().At), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(2, metrics.Exports.Count);
        Assert.Contains(echo.Gateway.Log, line => line.Contains("did not take the last metrics before the end of the gateway", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Address_WithAKey_IsToldWithoutIt()
    {
        await using var echo = await EchoFunction.StartAsync(more: static settings =>
        {
            settings["Gateway"]!["MetricsExport"] = new JsonObject { ["Endpoint"] = $"http://127.0.0.1:{MetricsReceiver.Port}/metrics?key=s3cret%202", ["Every"] = "01:00:00" };
            settings["Gateway"]!["Tracing"] = new JsonObject { ["Endpoint"] = $"http://me:s3cret%201@127.0.0.1:{OtlpReceiver.Port}/traces?key=s3cret%202" };
        });
        await GetAsync(echo);

        await echo.Gateway.WaitForLogAsync(static line => line.Contains($"The collector at http://127.0.0.1:{OtlpReceiver.Port}/traces did not take traces, which are lost: ", StringComparison.Ordinal), Patience);
        await echo.Gateway.StopAsync(Patience);

        Assert.Contains(echo.Gateway.Log, static line => line.Contains($"The collector at http://127.0.0.1:{MetricsReceiver.Port}/metrics did not take the last metrics", StringComparison.Ordinal));
        Assert.DoesNotContain(echo.Gateway.Log, static line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_TurnsItOnAndOff_AndTheEndOfTheGatewaySendsTheLast()
    {
        await using var echo = await StartAsync("01:00:00", collector: false);
        await using var collector = new MetricsReceiver(echo.Space);
        echo.Gateway.UpdateSettings(Settings("00:00:01", null));
        await Eventually.True(() => collector.Exports.Count >= 2, "it is on");

        echo.Gateway.UpdateSettings(Settings("00:00:01", null, collector: false));
        // An export that was under way may still come.
        var count = -1;
        await Eventually.True(
            async () =>
            {
                var before = count;
                await Task.Delay(1500, TestContext.Current.CancellationToken);
                return (count = collector.Exports.Count) == before;
            },
            "it is off");

        echo.Gateway.UpdateSettings(Settings("01:00:00", null));
        await Eventually.True(() => collector.Exports.Count == count + 1, "it is on again");
        await GetAsync(echo);
        Assert.Equal(0, await echo.Gateway.StopAsync(Patience));
        Assert.Equal(count + 2, collector.Exports.Count);
        Assert.Equal(1, OtlpJson.Read(collector.Exports.Last().Body).Sum("gateway_requests_total", "[function=echo]"));
    }

    private static Dictionary<string, double> Values(MetricsSnapshot metrics) => metrics.Samples.ToDictionary(
        sample => sample.Name + OtlpJson.Text(sample.Labels.Select(label => label.Key == "le" ? new("le", (label.Value == "+Inf" ? double.PositiveInfinity : double.Parse(label.Value, CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture)) : label)),
        sample => sample.Value,
        StringComparer.Ordinal);

    private static async Task<string?> VersionAsync(EchoFunction echo) => (await echo.Gateway.MetricsAsync()).Samples.Single(sample => sample.Name == "gateway_build_info").Labels["version"];

    private static Task<string> GetAsync(EchoFunction echo) => echo.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");

    private static Task<EchoFunction> StartAsync(string every, JsonObject? headers = null, bool collector = true) => EchoFunction.StartAsync(more: Change(every, headers, collector));

    private static JsonObject Settings(string every, JsonObject? headers, bool collector = true) => EchoFunction.Settings(more: Change(every, headers, collector));

    private static Action<JsonObject> Change(string every, JsonObject? headers, bool collector) => settings =>
    {
        if (collector)
        {
            settings["Gateway"]!["MetricsExport"] = new JsonObject { ["Endpoint"] = $"http://127.0.0.1:{MetricsReceiver.Port}", ["Every"] = every, ["Headers"] = headers ?? [] };
        }
    };
}
