using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The client's Host reaches the function, unless a transform says otherwise.</summary>
public sealed class HostTests(HostTests.Fixture fixture) : IClassFixture<HostTests.Fixture>
{
    private const int Port = 8070;

    private readonly EchoFunction _echo = fixture.Echo;

    [Fact]
    public async Task Host_OnListenAndOnRoutes_IsTheClients()
    {
        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            foreach (var host in new[] { "shop.example", "shop.example:8443", "SHOP.example", "[2001:db8::1]:81", "192.0.2.1" })
            {
                var answer = await _echo.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", port);

                Assert.Equal(host, EchoFunction.Line(answer, "Host: "));
                Assert.Equal(host, EchoFunction.Line(answer, "X-Forwarded-Host: "));
                Assert.Equal("http", EchoFunction.Line(answer, "X-Forwarded-Proto: "));
                Assert.Equal("127.0.0.1", EchoFunction.Line(answer, "X-Forwarded-For: "));
            }
        }
    }

    [Fact]
    public async Task Host_OfAClientThatNamesNone_IsTheAddressItDialled()
    {
        Assert.Equal("127.0.0.1:8081", EchoFunction.Line(await _echo.SendAsync("GET / HTTP/1.0\r\n\r\n"), "Host: "));
        Assert.Equal("[::1]:8081", EchoFunction.Line(await _echo.SendAsync("GET / HTTP/1.0\r\n\r\n", address: IPAddress.IPv6Loopback), "Host: "));
        Assert.Equal("127.0.0.1:8081", EchoFunction.Line(await _echo.SendAsync("GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"), "Host: "));
    }

    [Fact]
    public async Task Authority_OfHttp2_IsTheHost()
    {
        var file = Path.GetTempFileName();
        try
        {
            var result = await Curl.GetAsync(new CurlOptions
            {
                Namespace = _echo.Space,
                Url = $"http://shop.example:{EchoFunction.Listen}/@a%2fb",
                Resolve = IPAddress.Loopback,
                HttpVersion = CurlHttpVersion.Http2PriorKnowledge,
                Arguments = ["--dump-header", "/dev/null", "--output", file],
            });

            var answer = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal("2", result.HttpVersion);
            Assert.Equal($"shop.example:{EchoFunction.Listen}", EchoFunction.Line(answer, "Host: "));
            Assert.Equal("/@a%2fb HTTP/1.1", EchoFunction.Line(answer, "GET "));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Host_WhereATransformSaysSo_IsAnother()
    {
        Assert.StartsWith("127.0.0.1:", EchoFunction.Line(await GetAsync("/own"), "Host: "), StringComparison.Ordinal);
        Assert.Equal("set.example", EchoFunction.Line(await GetAsync("/set"), "Host: "));
        Assert.Equal("shop.example", EchoFunction.Line(await GetAsync("/few"), "Host: "));
    }

    [Fact]
    public async Task Host_ForAClusterThatIsNoFunctions_IsYarps()
    {
        // So that it runs.
        _ = await GetAsync("/");

        var answer = await GetAsync("/plain/%2f%41");

        Assert.Equal($"127.0.0.1:{Port}", EchoFunction.Line(answer, "Host: "));
        Assert.Equal("/plain/%2f%41 HTTP/1.1", EchoFunction.Line(answer, "GET "));
    }

    [Theory]
    [InlineData("named")]
    [InlineData("routed")]
    public async Task ReadyPath_IsAskedForWithAHostThatTheProgramKnows(string function)
    {
        var answer = await _echo.SendAsync($"GET / HTTP/1.1\r\nHost: {function}.example\r\nConnection: close\r\n\r\n", EchoFunction.Shared);

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    }

    private Task<string> GetAsync(string path) => _echo.SendAsync($"GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n", EchoFunction.Shared);

    /// <summary>A gateway whose routes and functions say different things about the Host.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal EchoFunction Echo { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Echo = await EchoFunction.StartAsync(new JsonObject { ["Port"] = Port }, more: settings =>
        {
            settings["ReverseProxy"]!["Clusters"] = JsonNode.Parse($$"""{ "plain": { "Destinations": { "one": { "Address": "http://127.0.0.1:{{Port}}/" } } } }""");
            var routes = settings["ReverseProxy"]!["Routes"]!;
            routes["plain"] = JsonNode.Parse("""{ "ClusterId": "plain", "Match": { "Path": "/plain/{**rest}" } }""");
            routes["own"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/own" }, "Transforms": [ { "RequestHeaderOriginalHost": "false" } ] }""");
            routes["set"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/set" }, "Transforms": [ { "RequestHeader": "Host", "Set": "set.example" } ] }""");
            routes["few"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/few" }, "Transforms": [ { "RequestHeadersCopy": "false" } ] }""");
            routes["named"] = JsonNode.Parse("""{ "ClusterId": "named", "Match": { "Hosts": ["another.example", "named.example"] } }""");
            routes["routed"] = JsonNode.Parse("""{ "ClusterId": "routed", "Match": { "Hosts": ["*.routed.example", "routed.example"] } }""");
            Add(settings, "named", """{ "Ready": { "Path": "/healthz", "Host": "named.example" }, "Environment": { "ALLOWED_HOST": "named.example" }, "Listen": [] }""");
            Add(settings, "routed", """{ "Ready": { "Path": "/healthz" }, "Environment": { "ALLOWED_HOST": "routed.example" }, "Listen": [] }""");
        });

        public ValueTask DisposeAsync() => Echo.DisposeAsync();

        private static void Add(JsonObject settings, string name, string function)
        {
            var one = EchoFunction.Settings(JsonNode.Parse(function)!.AsObject());
            settings["Gateway"]!["Functions"]![name] = one["Gateway"]!["Functions"]!["echo"]!.DeepClone();
        }
    }
}
