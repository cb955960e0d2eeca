using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The client's Host reaches the function, unless a transform says otherwise.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task Host_OnListenAndOnRoutes_IsTheClients()
    {
        await using var echo = await EchoFunction.StartAsync();

        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            foreach (var host in new[] { "shop.example", "shop.example:8443", "SHOP.example", "[2001:db8::1]:81", "192.0.2.1" })
            {
                var answer = await echo.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", port);

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
        await using var echo = await EchoFunction.StartAsync();

        Assert.Equal("127.0.0.1:8081", EchoFunction.Line(await echo.SendAsync("GET / HTTP/1.0\r\n\r\n"), "Host: "));
        Assert.Equal("[::1]:8081", EchoFunction.Line(await echo.SendAsync("GET / HTTP/1.0\r\n\r\n", address: IPAddress.IPv6Loopback), "Host: "));
        Assert.Equal("127.0.0.1:8081", EchoFunction.Line(await echo.SendAsync("GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"), "Host: "));
    }

    [Fact]
    public async Task Authority_OfHttp2_IsTheHost()
    {
        await using var echo = await EchoFunction.StartAsync();
        var file = Path.GetTempFileName();
        try
        {
            var result = await Curl.GetAsync(new CurlOptions
            {
                Namespace = echo.Space,
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
        await using var echo = await EchoFunction.StartAsync(more: settings =>
        {
            var routes = settings["ReverseProxy"]!["Routes"]!;
            routes["own"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/own" }, "Transforms": [ { "RequestHeaderOriginalHost": "false" } ] }""");
            routes["set"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/set" }, "Transforms": [ { "RequestHeader": "Host", "Set": "set.example" } ] }""");
            routes["few"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/few" }, "Transforms": [ { "RequestHeadersCopy": "false" } ] }""");
        });

        Assert.StartsWith("127.0.0.1:", EchoFunction.Line(await GetAsync(echo, "/own"), "Host: "), StringComparison.Ordinal);
        Assert.Equal("set.example", EchoFunction.Line(await GetAsync(echo, "/set"), "Host: "));
        Assert.Equal("shop.example", EchoFunction.Line(await GetAsync(echo, "/few"), "Host: "));
    }

    [Fact]
    public async Task Host_ForAClusterThatIsNoFunctions_IsYarps()
    {
        await using var echo = await EchoFunction.StartAsync(
            new JsonObject { ["Port"] = 8070, ["Scale"] = new JsonObject { ["Min"] = 1 } },
            more: settings =>
            {
                settings["ReverseProxy"]!["Clusters"] = JsonNode.Parse("""{ "plain": { "Destinations": { "one": { "Address": "http://127.0.0.1:8070/" } } } }""");
                settings["ReverseProxy"]!["Routes"]!["plain"] = JsonNode.Parse("""{ "ClusterId": "plain", "Match": { "Path": "/plain/{**rest}" } }""");
            });
        _ = await GetAsync(echo, "/");

        var answer = await GetAsync(echo, "/plain/%2f%41");

        Assert.Equal("127.0.0.1:8070", EchoFunction.Line(answer, "Host: "));
        Assert.Equal("/plain/%2f%41 HTTP/1.1", EchoFunction.Line(answer, "GET "));
    }

    [Theory]
    [InlineData("""{ "Path": "/healthz", "Host": "shop.example" }""", "[]")]
    [InlineData("""{ "Path": "/healthz" }""", """["*.example", "shop.example"]""")]
    public async Task ReadyPath_IsAskedForWithAHostThatTheProgramKnows(string ready, string hosts)
    {
        var function = JsonNode.Parse($$"""{ "Ready": {{ready}}, "Environment": { "ALLOWED_HOST": "shop.example" } }""")!.AsObject();
        await using var echo = await EchoFunction.StartAsync(function, more: settings =>
        {
            if (hosts != "[]")
            {
                settings["ReverseProxy"]!["Routes"]!["echo"]!["Match"]!["Hosts"] = JsonNode.Parse(hosts);
            }
        });

        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(echo, "/"), StringComparison.Ordinal);
    }

    private static Task<string> GetAsync(EchoFunction echo, string path) =>
        echo.SendAsync($"GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n", EchoFunction.Shared);
}
