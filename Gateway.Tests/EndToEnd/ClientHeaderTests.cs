using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What of a client's headers reaches a function, and of a function's a client.</summary>
[SideBySide]
public sealed class ClientHeaderTests(ClientHeaderTests.Fixture fixture) : IClassFixture<ClientHeaderTests.Fixture>
{
    private const int ScriptPort = 8071;
    private const int Script = 8072;

    private readonly EchoFunction _echo = fixture.Echo;

    [Fact]
    public async Task HeadersForOneHop_AreNotPassedOn_AndEndToEndOnesAre()
    {
        var answer = await AskAsync("Connection: close, X-Secret, x-other ,, @, (x)", "Connection: Keep-Alive", "X-Secret: 1", "X-Other: 2", "X-Kept: 3", "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive", "Proxy-Authenticate: Basic", "Proxy-Authorization: Basic eDp5", "TE: trailers", "Trailer: X-End", "Upgrade: foo");

        Assert.Equal("3", EchoFunction.Line(answer, "X-Kept: "));
        foreach (var name in (string[])["X-Secret", "X-Other", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Upgrade", "Connection"])
        {
            AssertAbsent(answer, name);
        }
    }

    [Fact]
    public async Task Connection_CannotTakeAwayWhatTheGatewayAddsOrTheMessageNeeds()
    {
        var answer = await AskAsync(
            "Connection: close, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Host, Content-Length, Content-Type, X-Route", "X-Forwarded-For: 6.6.6.6", "Content-Type: text/plain", "Content-Length: 0");

        Assert.Equal("127.0.0.1", EchoFunction.Line(answer, "X-Forwarded-For: "));
        Assert.Equal("http", EchoFunction.Line(answer, "X-Forwarded-Proto: "));
        Assert.Equal("a.example", EchoFunction.Line(answer, "X-Forwarded-Host: "));
        Assert.Equal("a.example", EchoFunction.Line(answer, "Host: "));
        Assert.Equal("text/plain", EchoFunction.Line(answer, "Content-Type: "));
        Assert.Equal("set", EchoFunction.Line(await AskAsync("X-Route: client", "Connection: close, X-Route"), "X-Route: "));
    }

    [Fact]
    public async Task Identities_OfAClient_AreDropped_AndARouteSetsItsOwn()
    {
        string[] names = ["X-Real-IP", "true-client-ip", "X-Client-IP", "Forwarded", "CF-Connecting-IP", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Port", "X-Forwarded-Server", "X-Original-Host", "Proxy", "X-Remote-User"];
        var answer = await AskAsync([.. names.Select(name => $"{name}: 6.6.6.6"), "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: /evil", "X_Real_IP: 6.6.6.6", "X_Custom: 1", "X-Custom: 2", "Connection: close"]);

        Assert.DoesNotContain("6.6.6.6", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        Assert.All(names, name => AssertAbsent(answer, name));
        AssertAbsent(answer, "X_Custom");
        Assert.Equal("2", EchoFunction.Line(answer, "X-Custom: "));
        Assert.Equal("127.0.0.1", EchoFunction.Line(answer, "X-Forwarded-For: "));

        // Where YARP's own transforms are off or append, a client's words do not come through either.
        Assert.DoesNotContain("6.6.6.6", await _echo.SendAsync("GET /off HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n", EchoFunction.Shared), StringComparison.Ordinal);
        var appended = await _echo.SendAsync("GET /append HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nConnection: close\r\n\r\n", EchoFunction.Shared);
        Assert.Equal("127.0.0.1", EchoFunction.Line(appended, "X-Forwarded-For: "));
        Assert.Equal("by-route", EchoFunction.Line(appended, "X-Real-IP: "));
    }

    [Fact]
    public async Task KnownProxy_IsBelieved_AsFarAsItsOwnEntries_AndNobodyElse()
    {
        var known = await FromAsync("127.0.0.9", "X-Forwarded-For: 6.6.6.6, 198.51.100.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "Connection: close");
        Assert.Equal("198.51.100.7", EchoFunction.Line(known, "X-Forwarded-For: "));
        Assert.Equal("https", EchoFunction.Line(known, "X-Forwarded-Proto: "));
        Assert.Equal("a.example", EchoFunction.Line(known, "X-Forwarded-Host: "));
        Assert.DoesNotContain("X-Original", known, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(await _echo.Gateway.ColdStartsAsync("echo"), start => start.Client is not null);

        var stranger = await FromAsync("127.0.0.1", "X-Forwarded-For: 198.51.100.7", "X-Forwarded-Proto: https", "Connection: close");
        Assert.Equal("127.0.0.1", EchoFunction.Line(stranger, "X-Forwarded-For: "));
        Assert.Equal("http", EchoFunction.Line(stranger, "X-Forwarded-Proto: "));
    }

    [Fact]
    public async Task Answer_HeadersThatTheFunctionNamesForOneHop_DoNotReachTheClient()
    {
        await using var backend = ScriptedBackend.Start(_echo.Space, ScriptPort, ScriptedBackend.Always(
            "HTTP/1.1 200 OK\r\nConnection: close, X-Internal, Content-Type\r\nX-Internal: 1\r\nX-Internal: 2\r\nX-Kept: 3\r\nContent-Type: text/plain\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok"));

        var answer = await _echo.SendAsync("GET /script HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", Script);

        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.Equal("3", EchoFunction.Line(answer, "X-Kept: "));
        Assert.Equal("text/plain", EchoFunction.Line(answer, "Content-Type: "));
        Assert.DoesNotContain("X-Internal", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Keep-Alive", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Proxy-Authenticate", answer, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("ok", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_OfTheList_IsFollowed()
    {
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Gateway"]!["Headers"] = JsonNode.Parse("""{ "Remove": [], "Underscores": true }"""));
        Task<string> AskAsync() => echo.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\nX-Real-IP: 6.6.6.6\r\nX_Real_IP: 7\r\nX-Mine: 8\r\nConnection: close\r\n\r\n");
        var before = await AskAsync();
        Assert.Equal("6.6.6.6", EchoFunction.Line(before, "X-Real-IP: "));
        Assert.Equal("7", EchoFunction.Line(before, "X_Real_IP: "));

        echo.Gateway.UpdateSettings(EchoFunction.Settings(more: settings => settings["Gateway"]!["Headers"] = JsonNode.Parse("""{ "Remove": ["x-mine"] }""")));
        await echo.Gateway.WaitForLogAsync(line => line.Contains("new configuration is in use", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        var after = await AskAsync();
        Assert.Equal("6.6.6.6", EchoFunction.Line(after, "X-Real-IP: "));
        AssertAbsent(after, "X-Mine");
        AssertAbsent(after, "X_Real_IP");
    }

    private Task<string> AskAsync(params string[] headers) =>
        _echo.SendAsync($"GET / HTTP/1.1\r\nHost: a.example\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n", EchoFunction.Shared);

    private async Task<string> FromAsync(string source, params string[] headers)
    {
        var answer = await _echo.Space.ExecuteAsync("curl", ["-s", "--interface", source, .. headers.SelectMany(header => (string[])["-H", header]), "-H", "Host: a.example", $"http://127.0.0.1:{EchoFunction.Shared}/"]);
        return answer.ThrowIfFailed().Output;
    }

    // The lines of the answer's body are the headers that the function has received.
    private static void AssertAbsent(string answer, string name) =>
        Assert.DoesNotContain(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..].Split('\n'), line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>A gateway with routes whose transforms set headers.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal EchoFunction Echo { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Echo = await EchoFunction.StartAsync(more: settings =>
        {
            settings["Gateway"]!["ForwardedHeaders"] = JsonNode.Parse("""{ "KnownProxies": ["127.0.0.9", "203.0.113.0/24"] }""");
            settings["Kestrel"]!["Endpoints"]!["script"] = JsonNode.Parse($$"""{ "Url": "http://*:{{Script}}" }""");
            var proxy = settings["ReverseProxy"]!;
            var routes = proxy["Routes"]!;
            routes["echo"]!["Transforms"] = JsonNode.Parse("""[ { "RequestHeader": "X-Route", "Set": "set" } ]""");
            routes["off"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/off" }, "Transforms": [ { "X-Forwarded": "Off" } ] }""");
            routes["append"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/append" }, "Transforms": [ { "X-Forwarded": "Append" }, { "RequestHeader": "X-Real-IP", "Set": "by-route" } ] }""");
            routes["script"] = JsonNode.Parse("""{ "ClusterId": "script", "Match": { "Path": "/script" } }""");
            proxy["Clusters"] = JsonNode.Parse($$"""{ "script": { "Destinations": { "one": { "Address": "http://127.0.0.1:{{ScriptPort}}/" } } } }""");
        });

        public ValueTask DisposeAsync() => Echo.DisposeAsync();
    }
}
