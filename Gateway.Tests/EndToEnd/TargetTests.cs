using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The path and the query reach the function as the client wrote them.</summary>
public sealed class TargetTests(TargetTests.Fixture fixture) : IClassFixture<TargetTests.Fixture>
{
    private readonly EchoFunction _echo = fixture.Echo;

    [Fact]
    public async Task Target_OnBothKindsOfAddress_ArrivesAsWritten()
    {
        string[] targets =
        [
            "/", "/@scope%2fpkg", "/@scope%2Fpkg", "/a%252fb", "/%41%7e", "//a//b", "/a+b%20c?d=e+f%20g", "/caf%C3%A9%e2%82%ac?q=%C3%A9", "/100%", "/%zz%4", "/%C3%28", "/%ff",
            "/?", "/a?b?c=%2f%41&d=/../e", "/a;b=c,d/e:f@g!$&'()*", "/a\\b\"<>^`{|}", "/%25%32%66", "/a/b../.c/...", "/a%20%2b%3f%23?%23",
        ];
        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            foreach (var target in targets)
            {
                Assert.Equal(target, await _echo.TargetAsync(target, port));
            }
        }
    }

    [Fact]
    public async Task DotSegments_AreTakenAwayAsRoutingTakesThem_AndNoOtherByteChanges()
    {
        Assert.Equal("/b%2fc", await _echo.TargetAsync("/a/../b%2fc"));
        Assert.Equal("/a/b%41", await _echo.TargetAsync("/a/./%2E/x/%2e./b%41"));
        Assert.Equal("/?x=/../y", await _echo.TargetAsync("/a/..?x=/../y"));
        Assert.Equal("/a/", await _echo.TargetAsync("/a/b/.."));
        Assert.Equal("/x", await _echo.TargetAsync("/../../x"));
        Assert.Equal("/etc%2f..%2fx", await _echo.TargetAsync("/etc%2f..%2fx"));
    }

    [Fact]
    public async Task AbsoluteForm_ArrivesAsItsPathAndQuery()
    {
        Assert.Equal("/a%41?b=%41", await _echo.TargetAsync("http://a.example/a%41?b=%41"));
        Assert.Equal("/", await _echo.TargetAsync("http://a.example"));
        // Routing has seen two segments.
        Assert.Equal("/a/b", await _echo.TargetAsync("http://a.example/a%2fb"));
    }

    [Fact]
    public async Task BytesThatNoTargetMayHave_ArriveEncodedOrNotAtAll()
    {
        string[] hostile = ["/a\rX: y", "/a\tb", "/a\u0001b?c\u007fd", "/a#b?c#d", "/a?b\rGET\t/admin"];
        foreach (var target in hostile)
        {
            var answer = await _echo.SendAsync($"GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
            if (answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal))
            {
                continue;
            }

            var arrived = EchoFunction.Line(answer, "GET ");
            Assert.DoesNotContain(arrived, c => char.IsControl(c) || c == '#');
            Assert.Equal(target, Uri.UnescapeDataString(arrived.Replace(" HTTP/1.1", "", StringComparison.Ordinal)));
        }

        Assert.StartsWith("HTTP/1.1 400 ", await _echo.SendAsync("GET /a b HTTP/1.1\r\nHost: a.example\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await _echo.SendAsync("GET /a%00b HTTP/1.1\r\nHost: a.example\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await _echo.SendAsync("GET /a\0b HTTP/1.1\r\nHost: a.example\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transforms_ChangeWhatTheySayAndNoOtherByte()
    {
        Assert.Equal("/@scope%2fpkg%41?q=%41", await _echo.TargetAsync("/api/@scope%2fpkg%41?q=%41", EchoFunction.Shared));
        Assert.Equal("/", await _echo.TargetAsync("/api", EchoFunction.Shared));
        Assert.Equal("/b%20c/add/%41%2f", await _echo.TargetAsync("/add/%41%2f", EchoFunction.Shared));
        Assert.Equal("/a%20b/c?q=%41", await _echo.TargetAsync("/set/x%2fy?q=%41", EchoFunction.Shared));
        Assert.Equal("/query/%41%2f?q=A&x=1%202", await _echo.TargetAsync("/query/%41%2f?q=%41", EchoFunction.Shared));
    }

    /// <summary>A gateway with a route for each kind of transform of the path or the query.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal EchoFunction Echo { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Echo = await EchoFunction.StartAsync(more: settings =>
        {
            var routes = settings["ReverseProxy"]!["Routes"]!;
            routes["prefix"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/api/{**rest}" }, "Transforms": [ { "PathRemovePrefix": "/api" } ] }""");
            routes["added"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/add/{**rest}" }, "Transforms": [ { "PathPrefix": "/b c" } ] }""");
            routes["set"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/set/{**rest}" }, "Transforms": [ { "PathSet": "/a b/c" } ] }""");
            routes["query"] = JsonNode.Parse("""{ "ClusterId": "echo", "Match": { "Path": "/query/{**rest}" }, "Transforms": [ { "QueryValueParameter": "x", "Set": "1 2" } ] }""");
        });

        public ValueTask DisposeAsync() => Echo.DisposeAsync();
    }
}
