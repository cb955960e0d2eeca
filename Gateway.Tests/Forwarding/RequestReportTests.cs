using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>What the metrics tell of requests, by a real gateway and clients that send exact bytes.</summary>
[SideBySide]
public sealed class RequestReportTests
{
    private const int BrokenPort = 8071;

    [Fact]
    public async Task Requests_AreCountedByFunctionMethodAndCode_AndNothingElseIs()
    {
        await using var echo = await StartAsync();

        await GetAsync(echo, "/a");
        await GetAsync(echo, "/echo/b", port: EchoFunction.Shared);
        await GetAsync(echo, "/ECHO/b", port: EchoFunction.Shared);
        await GetAsync(echo, "/c", "HEAD");
        Assert.StartsWith("HTTP/1.1 502", await GetAsync(echo, "/nobody", port: EchoFunction.Shared), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await GetAsync(echo, "/nowhere", "POST", EchoFunction.Shared), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await GetAsync(echo, "/only-put", port: EchoFunction.Shared), StringComparison.Ordinal);

        var metrics = await echo.Gateway.MetricsAsync();
        var counted = metrics.Samples.Where(sample => sample.Name == "gateway_requests_total")
            .Select(sample => $"{sample.Labels["function"]} {sample.Labels["method"]} {sample.Labels["code"]} {sample.Value}").Order(StringComparer.Ordinal);
        Assert.Equal([" GET 404 1", " POST 404 1", "echo GET 200 3", "echo HEAD 200 1", "own GET 502 1"], counted);
        Assert.Equal(4, metrics.Sum("gateway_request_duration_seconds_count", ("function", "echo")));
        Assert.Contains(metrics.Samples, sample => sample.Name == "gateway_in_flight" && sample.Labels["function"] == "echo" && sample.Value == 0);
        Assert.Equal(1, metrics.Sum("gateway_upstream_failures_total", ("function", "own"), ("reason", "Request")));
        Assert.Equal(1, metrics.Sum("gateway_upstream_failures_total"));
        Assert.DoesNotContain(metrics.Samples, sample => sample.Labels.Values.Any(value => value.Contains("warmup", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task Answer_ThatBreaksOffInTheMiddle_IsAFailureOfItsCluster_WhateverTheCaseOfItsRoute()
    {
        await using var echo = await StartAsync();
        using var listener = echo.Space.Listen(new IPEndPoint(IPAddress.Loopback, BrokenPort));
        var asked = GetAsync(echo, "/broken", port: EchoFunction.Shared);
        using (var connection = await listener.AcceptAsync())
        {
            await connection.ReceiveAsync(new byte[4096]);
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"u8.ToArray());
        }

        // The client must not take the half for the whole.
        await Assert.ThrowsAsync<SocketException>(() => asked);
        await echo.Gateway.WaitForLogAsync(line => line.Contains("broken: request ", StringComparison.Ordinal) && line.Contains("was not answered well (ResponseBodyDestination)", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        await Eventually.True(
            async () => await echo.Gateway.MetricsAsync() is var now && now.Sum("gateway_upstream_failures_total", ("function", "broken"), ("reason", "ResponseBodyDestination")) == 1 && now.Sum("gateway_requests_total", ("function", "broken"), ("code", "200")) == 1,
            "it is counted");
    }

    [Fact]
    public async Task Methods_ThatAClientInvents_AreOneSeries()
    {
        await using var echo = await StartAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", await GetAsync(echo, "/", $"BREW{i}"), StringComparison.Ordinal);
        }

        var methods = (await echo.Gateway.MetricsAsync()).Samples.Where(sample => sample.Name == "gateway_requests_total").Select(sample => (sample.Labels["method"], sample.Value));
        Assert.Equal([("other", 20.0)], methods);
    }

    [Fact]
    public async Task Series_OfAFunctionAndAClusterThatAReloadRemoved_AreGone()
    {
        await using var echo = await StartAsync();
        await GetAsync(echo, "/a");
        await GetAsync(echo, "/nobody", port: EchoFunction.Shared);
        Assert.Equal(2, await SeriesAsync(echo));

        var settings = Settings();
        settings["Gateway"]!["Functions"] = new JsonObject { ["other"] = settings["Gateway"]!["Functions"]!["echo"]!.DeepClone() };
        settings["ReverseProxy"] = JsonNode.Parse("""{ "Routes": { "other": { "ClusterId": "other", "Match": { "Path": "/echo/{**rest}" } } } }""");
        echo.Gateway.UpdateSettings(settings);

        await Eventually.True(async () => await SeriesAsync(echo) == 0, "the series are gone");
        await GetAsync(echo, "/a");
        Assert.Equal(1, (await echo.Gateway.MetricsAsync()).Sum("gateway_requests_total", ("function", "other")));
    }

    [Fact]
    public async Task InFlight_CountsRequestsThatWaitAndThatAreServed()
    {
        var hello = await Edge.HelloAsync("Request", bootMilliseconds: 500);
        await using var edge = await Edge.StartAsync(TimeSpan.FromMilliseconds(1), _ => new JsonObject { ["hello"] = hello });

        var asked = edge.GetAsync("/slow?ms=500", Edge.HttpPort);
        await Eventually.True(async () => await InFlightAsync() == 1 && (await edge.Gateway.MetricsAsync()).Sum("gateway_held_requests") == 1, "it waits");
        await Eventually.True(async () => await InFlightAsync() == 1 && (await edge.Gateway.MetricsAsync()).Sum("gateway_held_requests") == 0, "it is served");
        (await asked).ThrowIfFailed();

        await Eventually.True(async () => await InFlightAsync() == 0 && (await edge.Gateway.MetricsAsync()).Sum("gateway_requests_total", ("function", "hello"), ("code", "200")) == 1, "it has ended");

        async Task<double> InFlightAsync() => (await edge.Gateway.MetricsAsync()).Sum("gateway_in_flight", ("function", "hello"));
    }

    [Fact]
    public async Task InFlight_OfAFunctionThatWasRemoved_CountsDownAndGoes()
    {
        var hello = await Edge.HelloAsync("Request", bootMilliseconds: 0);
        await using var edge = await Edge.StartAsync(TimeSpan.FromMilliseconds(1), _ => new JsonObject { ["hello"] = hello });
        Task<CurlResult>[] asked = [edge.GetAsync("/slow?ms=1500", Edge.HttpPort), edge.GetAsync("/slow?ms=3000", Edge.HttpPort)];
        await Eventually.True(async () => await InFlightAsync() == 2, "both are served");

        var settings = edge.Settings;
        settings["Gateway"]!["Functions"] = JsonNode.Parse("""{ "other": { "Runtime": "Process", "Command": [ "/bin/true" ], "Listen": [ "http://*:8091" ] } }""");
        settings["ReverseProxy"] = new JsonObject();
        edge.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).All(function => function.Name == "other"), "it is removed");

        Assert.Equal(2, await InFlightAsync());
        (await asked[0]).ThrowIfFailed();
        await Eventually.True(async () => await InFlightAsync() == 1, "one is left");
        (await asked[1]).ThrowIfFailed();
        await Eventually.True(async () => (await edge.Gateway.MetricsAsync()).Samples.All(sample => sample.Labels.GetValueOrDefault("function") != "hello"), "the series are gone");

        async Task<double> InFlightAsync() => (await edge.Gateway.MetricsAsync()).Sum("gateway_in_flight", ("function", "hello"));
    }

    [Fact]
    public async Task Exemplars_AreTheTracesThatClientsRecord_ForWhoAsksForOpenMetrics()
    {
        const string Recorded = "0af7651916cd43dd8448eb211c80319c", NotRecorded = "1af7651916cd43dd8448eb211c80319c";
        await using var echo = await StartAsync();

        await echo.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-{NotRecorded}-b7ad6b7169203331-00\r\nConnection: close\r\n\r\n");
        await echo.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-{Recorded}-b7ad6b7169203331-01\r\nConnection: close\r\n\r\n");
        await echo.SendAsync("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: no trace\r\nConnection: close\r\n\r\n");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" } } };
        using var response = await echo.Gateway.Admin.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal("application/openmetrics-text", response.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains($"# {{trace_id=\"{Recorded}\"}}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(NotRecorded, text, StringComparison.Ordinal);
        Assert.Equal(3, (await echo.Gateway.MetricsAsync()).Sum("gateway_requests_total", ("code", "200")));
    }

    [Fact]
    public async Task OwnAnswer_ForAClusterOfTheUsersOwn_SpeaksOfItsDestination()
    {
        await using var echo = await StartAsync();

        Assert.Contains("\"detail\":\"The destination could not be reached, or ended the connection without a whole answer.\"", await GetAsync(echo, "/nobody", port: EchoFunction.Shared), StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 503", await GetAsync(echo, "/empty", port: EchoFunction.Shared), StringComparison.Ordinal);
        Assert.Contains("\"detail\":\"No destination is healthy, or the one that this session belongs to is not.\"", await GetAsync(echo, "/empty", port: EchoFunction.Shared), StringComparison.Ordinal);
        await echo.Gateway.WaitForLogAsync(line => line.Contains("empty: request ", StringComparison.Ordinal) && line.Contains("no destination is healthy", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task OwnAnswer_NamesTheRequestAsTheLogDoes_AndIsAPageForABrowser()
    {
        await using var echo = await StartAsync();

        var program = Parts(await GetAsync(echo, "/nowhere", port: EchoFunction.Shared));
        var browser = Parts(await GetAsync(echo, "/nowhere", port: EchoFunction.Shared, accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        var script = Parts(await GetAsync(echo, "/nowhere", port: EchoFunction.Shared, accept: "application/json, text/html;q=0.5"));
        var head = Parts(await GetAsync(echo, "/nowhere", "HEAD", EchoFunction.Shared));

        var problem = JsonDocument.Parse(program.Body).RootElement;
        Assert.Equal((404, "no-route"), (problem.GetProperty("status").GetInt32(), problem.GetProperty("reason").GetString()));
        var id = problem.GetProperty("requestId").GetString();
        await echo.Gateway.WaitForLogAsync(line => line.Contains($"answered request {id} 404 itself: no-route", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.Contains("Content-Type: text/html", browser.Head, StringComparison.Ordinal);
        Assert.Contains("<h1>404 Not Found</h1>", browser.Body, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/problem+json", script.Head, StringComparison.Ordinal);
        Assert.Equal("", head.Body);
    }

    private static async Task<int> SeriesAsync(EchoFunction echo) => (await echo.Gateway.MetricsAsync()).Samples
        .Where(sample => sample.Labels.TryGetValue("function", out var function) && function is "echo" or "own")
        .Select(sample => sample.Labels["function"]).Distinct().Count();

    private static Task<string> GetAsync(EchoFunction echo, string path, string method = "GET", int port = EchoFunction.Listen, string accept = "*/*") =>
        echo.SendAsync($"{method} {path} HTTP/1.1\r\nHost: a.example\r\nAccept: {accept}\r\nConnection: close\r\n\r\n", port);

    private static (string Head, string Body) Parts(string answer) => answer.Split("\r\n\r\n", 2) is [var head, var body] ? (head, body) : (answer, "");

    private static Task<EchoFunction> StartAsync() => EchoFunction.StartAsync(more: Change);

    private static JsonObject Settings() => EchoFunction.Settings(more: Change);

    private static void Change(JsonObject settings)
    {
        settings["Logging"] = JsonNode.Parse("""{ "LogLevel": { "Gateway.Forwarding.Reports": "Debug" } }""");
        settings["ReverseProxy"] = JsonNode.Parse("""
            {
              "Routes": {
                "echo": { "ClusterId": "echo", "Match": { "Path": "/echo/{**rest}" } },
                "other-case": { "ClusterId": "ECHO", "Match": { "Path": "/echo/b" }, "Order": -1 },
                "put": { "ClusterId": "own", "Match": { "Path": "/only-put", "Methods": [ "PUT" ] } },
                "own": { "ClusterId": "own", "Match": { "Path": "/nobody" } },
                "empty": { "ClusterId": "empty", "Match": { "Path": "/empty" } },
                "broken": { "ClusterId": "BROKEN", "Match": { "Path": "/broken" } }
              },
              "Clusters": {
                "own": { "Destinations": { "nobody": { "Address": "http://127.0.0.1:9/" } } },
                "empty": { "Destinations": {} },
                "broken": { "Destinations": { "broken": { "Address": "http://127.0.0.1:8071/" } } }
              }
            }
            """);
    }
}
