using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Telemetry;

/// <summary>The traces that a real gateway sends to a collector.</summary>
[SideBySide]
public sealed class TracingTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c", ClientSpan = "b7ad6b7169203331";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ColdStart_IsASpanOfTheClientsTraceWithItsPhasesInIt()
    {
        await using var echo = await StartAsync(new JsonObject { ["Headers"] = new JsonObject { ["X-Key"] = "a b=c%20;" } });
        await using var collector = new OtlpReceiver(echo.Space);

        await GetAsync(echo, $"traceparent: 00-{Trace}-{ClientSpan}-01\r\n");

        var spans = await collector.WaitAsync(spans => spans.Length >= 7);
        var cold = Assert.Single(spans, span => span.Name == "cold start of echo");
        Assert.Equal((Trace, ClientSpan, 0), (cold.TraceId, cold.Parent, cold.Status));
        Assert.Equal(("echo", "Request", "Stopped", "Served"), (cold.Attributes["headstart.function"], cold.Attributes["headstart.signal"], cold.Attributes["headstart.tier"], cold.Attributes["headstart.outcome"]));
        var told = Assert.Single(await echo.Gateway.ColdStartsAsync("echo"));
        Assert.InRange(double.Parse(cold.Attributes["headstart.penalty_ms"], CultureInfo.InvariantCulture), (told.Penalty!.Value - 1) / 1000.0, (told.Penalty.Value + 1) / 1000.0);
        var phases = spans.Where(span => span != cold).ToArray();
        Assert.Equal(["firstByte", "heard", "ready", "request", "started", "wake"], phases.Select(span => span.Name).Order(StringComparer.Ordinal));
        Assert.All(phases, span =>
        {
            Assert.Equal((Trace, cold.SpanId), (span.TraceId, span.Parent));
            Assert.True(cold.Start <= span.Start && span.Start <= span.End && span.End <= cold.End, $"{span} is not in {cold}");
        });
        Assert.Equal(phases.Single(span => span.Name == "started").End, phases.Single(span => span.Name == "ready").Start);
        var head = collector.Heads.First();
        Assert.StartsWith("POST /v1/traces HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("X-Key: a b=c%20;", head.Split("\r\n"));
    }

    [Fact]
    public async Task ColdStart_WhoseClientDoesNotRecord_IsNotSent_AndOneWithoutATraceHasItsOwn()
    {
        await using var echo = await StartAsync();
        await using var collector = new OtlpReceiver(echo.Space);

        await GetAsync(echo, $"traceparent: 00-{Trace}-{ClientSpan}-00\r\n");
        await SleepAsync(echo);
        await GetAsync(echo, "traceparent: none of it\r\n");

        var cold = Assert.Single(await collector.WaitAsync(spans => spans.Any(span => span.Name == "cold start of echo")), span => span.Name == "cold start of echo");
        Assert.NotEqual(Trace, cold.TraceId);
        Assert.Equal("", cold.Parent);
    }

    [Fact]
    public async Task ColdStart_ThatFails_IsInTheTraceOfTheRequestThatCausedIt()
    {
        await using var echo = await StartAsync(more: settings => settings["Gateway"]!["Functions"]!["echo"]!["Command"] = new JsonArray("/bin/false"));
        await using var collector = new OtlpReceiver(echo.Space);

        Assert.StartsWith("HTTP/1.1 503", await GetAsync(echo, $"traceparent: 00-{Trace}-{ClientSpan}-01\r\n"), StringComparison.Ordinal);

        var spans = await collector.WaitAsync(spans => spans.Any(span => span.Name == "cold start of echo"));
        var cold = Assert.Single(spans, span => span.Name == "cold start of echo");
        // STATUS_CODE_ERROR of trace.proto.
        Assert.Equal((Trace, ClientSpan, "Failed", 2), (cold.TraceId, cold.Parent, cold.Attributes["headstart.outcome"], cold.Status));
    }

    [Fact]
    public async Task ColdStart_ThatARequestOfNoTraceBegan_IsInTheTraceOfTheFirstOneOfATraceThatWaits()
    {
        await using var echo = await StartAsync(more: settings => settings["Gateway"]!["Functions"]!["echo"]!["Command"] = new JsonArray("/bin/sh", "-c", "sleep 2; exit 3"));
        await using var collector = new OtlpReceiver(echo.Space);

        var untraced = GetAsync(echo, "");
        await Eventually.True(async () => (await echo.Gateway.FunctionsAsync())[0].InFlight == 1, "it waits");
        Assert.StartsWith("HTTP/1.1 503", await GetAsync(echo, $"traceparent: 00-{Trace}-{ClientSpan}-01\r\n"), StringComparison.Ordinal);
        await untraced;

        var cold = Assert.Single(await collector.WaitAsync(spans => spans.Any(span => span.Name == "cold start of echo")), span => span.Name == "cold start of echo");
        Assert.Equal((Trace, ClientSpan, "Failed"), (cold.TraceId, cold.Parent, cold.Attributes["headstart.outcome"]));
    }

    [Fact]
    public async Task Requests_WhenAsked_AreSpansAndParentsOfWhatTheFunctionDoes()
    {
        await using var echo = await StartAsync(new JsonObject { ["Requests"] = true });
        await using var collector = new OtlpReceiver(echo.Space);

        var answer = await GetAsync(echo, $"traceparent: 00-{Trace}-{ClientSpan}-01\r\n");

        var spans = await collector.WaitAsync(spans => spans.Any(span => span.Parent == ClientSpan) && spans.Any(span => span.Name == "cold start of echo"));
        var request = Assert.Single(spans, span => span.Parent == ClientSpan);
        Assert.Equal((Trace, "200"), (request.TraceId, request.Attributes["http.response.status_code"]));
        Assert.Equal(request.SpanId, Assert.Single(spans, span => span.Name == "cold start of echo").Parent);
        Assert.Contains($"traceparent: 00-{Trace}-", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(ClientSpan, answer, StringComparison.Ordinal);
        // Neither the admin endpoint's requests nor the warm-up's are.
        await echo.Gateway.FunctionsAsync();
        await GetAsync(echo, $"traceparent: 00-{Trace}-c7ad6b7169203331-01\r\n");
        spans = await collector.WaitAsync(spans => spans.Any(span => span.Parent == "c7ad6b7169203331"));
        Assert.Equal(2, spans.Count(span => span.Attributes.ContainsKey("http.response.status_code")));
    }

    [Fact]
    public async Task Collector_ThatIsNotThere_IsToldAndNobodyWaits()
    {
        await using var echo = await StartAsync();

        Assert.StartsWith("HTTP/1.1 200", await GetAsync(echo, ""), StringComparison.Ordinal);

        await echo.Gateway.WaitForLogAsync(line => line.Contains("The collector at http://127.0.0.1:4318/ did not take traces, which are lost", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task EndOfTheGateway_SendsWhatIsLeft()
    {
        await using var echo = await StartAsync();
        await using var collector = new OtlpReceiver(echo.Space);

        await GetAsync(echo, "");
        await echo.Gateway.StopAsync(Patience);

        Assert.Contains(collector.Spans, span => span.Name == "cold start of echo");
    }

    private static Task<string> GetAsync(EchoFunction echo, string header) => echo.SendAsync($"GET / HTTP/1.1\r\nHost: a.example\r\n{header}Connection: close\r\n\r\n");

    private static async Task SleepAsync(EchoFunction echo) => (await echo.Gateway.Admin.PostAsync("/api/functions/echo/sleep", content: null)).EnsureSuccessStatusCode();

    private static Task<EchoFunction> StartAsync(JsonObject? tracing = null, Action<JsonObject>? more = null) => EchoFunction.StartAsync(more: settings =>
    {
        more?.Invoke(settings);
        var section = tracing ?? [];
        section["Endpoint"] = "http://127.0.0.1:4318";
        settings["Gateway"]!["Tracing"] = section;
    });
}
