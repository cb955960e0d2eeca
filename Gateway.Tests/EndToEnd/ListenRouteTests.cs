using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A function's <c>Route</c> gives its Listen addresses what a route of YARP's has.</summary>
[SideBySide]
public sealed class ListenRouteTests
{
    private const int Other = 8082;

    [Fact]
    public async Task Route_HoldsForTheListenAddressesOfItsFunctionAlone()
    {
        await using var echo = await EchoFunction.StartAsync(
            Route("""{ "Transforms": [ { "PathPrefix": "/app" }, { "RequestHeader": "X-From", "Set": "route" }, { "ResponseHeader": "X-Answer", "Set": "route" } ] }"""),
            more: settings =>
            {
                var other = settings["Gateway"]!["Functions"]!["echo"]!.DeepClone().AsObject();
                other.Remove("Route");
                other["Listen"] = new JsonArray($"http://*:{Other}");
                settings["Gateway"]!["Functions"]!["other"] = other;
            });

        var answer = await GetAsync(echo, EchoFunction.Listen);
        Assert.Equal("/app/a%2fb HTTP/1.1", EchoFunction.Line(answer, "GET "));
        Assert.Equal("route", EchoFunction.Line(answer, "X-From: "));
        Assert.Equal("route", EchoFunction.Line(answer, "X-Answer: "));
        Assert.Equal("shop.example", EchoFunction.Line(answer, "Host: "));
        foreach (var port in new[] { EchoFunction.Shared, Other })
        {
            answer = await GetAsync(echo, port);
            Assert.Equal("/a%2fb HTTP/1.1", EchoFunction.Line(answer, "GET "));
            Assert.DoesNotContain("X-From", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Route_ChangedByAReload_HoldsFromThenOn()
    {
        await using var echo = await EchoFunction.StartAsync();
        Assert.Equal("shop.example", EchoFunction.Line(await GetAsync(echo, EchoFunction.Listen), "Host: "));

        echo.Gateway.UpdateSettings(EchoFunction.Settings(Route("""{ "Transforms": [ { "RequestHeader": "Host", "Set": "set.example" } ], "MaxRequestBodySize": 10 }""")));
        await Eventually.True(async () => EchoFunction.Line(await GetAsync(echo, EchoFunction.Listen), "Host: ") == "set.example");
        Assert.Equal("413", await PostAsync(echo, 11));

        // Nothing else has changed.
        echo.Gateway.UpdateSettings(EchoFunction.Settings(Route("""{ "Transforms": [ { "RequestHeader": "Host", "Set": "set.example" } ], "MaxRequestBodySize": 20 }""")));
        await Eventually.True(async () => await PostAsync(echo, 11) == "200");
        Assert.Equal("413", await PostAsync(echo, 21));

        echo.Gateway.UpdateSettings(EchoFunction.Settings());
        await Eventually.True(async () => EchoFunction.Line(await GetAsync(echo, EchoFunction.Listen), "Host: ") == "shop.example");
        Assert.Equal("200", await PostAsync(echo, 21));
    }

    [Fact]
    public async Task HostsOfTheGatewaysOwnRoutes_AreHostsLikeAnyOther()
    {
        await using var echo = await EchoFunction.StartAsync(Route("""{ "Transforms": [ { "PathPrefix": "/app" } ] }"""));

        foreach (var host in new[] { "headstart-listen.invalid", "headstart-listen.echo.invalid" })
        {
            var answer = await echo.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", EchoFunction.Shared);

            Assert.Equal("/ HTTP/1.1", EchoFunction.Line(answer, "GET "));
        }
    }

    [Fact]
    public async Task Mistakes_AreToldWithTheirPaths_ExitCode2()
    {
        var settings = EchoFunction.Settings(
            Route("""{ "Transforms": [ { "PathPrefix": "/ok" }, { "PathPrefxi": "/x" } ], "Timout": "00:00:01", "CorsPolicy": "nobody", "MaxRequestBodySize": -2 }"""),
            more: settings => settings["Gateway"]!["Functions"]!["bare"] = JsonNode.Parse("""
                { "Runtime": "Process", "Command": ["./x"], "Route": { "Timeout": "00:00:01" }, "Protocol": "http2", "Ready": { "Host": "a b", "Path": "/" } }
                """));
        await using var gateway = GatewayProcess.Launch(new() { Settings = settings });

        Assert.Equal(2, await gateway.Exited.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        var log = gateway.LastLines(100);
        string[] expected =
        [
            "Gateway:Functions:echo:Route:Transforms:1: unknown transform", "Gateway:Functions:echo:Route:Timout: unknown key", "Gateway:Functions:echo:Route:CorsPolicy: ",
            "Gateway:Functions:echo:Route:MaxRequestBodySize: ", "Gateway:Functions:bare:Route: holds for Listen addresses, and there are none",
            "Gateway:Functions:bare:Protocol: 'http2' is not one of h1, h2c, Auto", "Gateway:Functions:bare:Ready:Host: 'a b' is not a host",
        ];
        Assert.All(expected, sentence => Assert.Contains(sentence, log, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    private static JsonObject Route(string route) => new() { ["Route"] = JsonNode.Parse(route) };

    private static Task<string> GetAsync(EchoFunction echo, int port) => echo.SendAsync("GET /a%2fb HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n", port);

    private static async Task<string> PostAsync(EchoFunction echo, int size) =>
        EchoFunction.Line(await echo.SendAsync($"POST / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n{new string('x', size)}"), "HTTP/1.1 ")[..3];
}
