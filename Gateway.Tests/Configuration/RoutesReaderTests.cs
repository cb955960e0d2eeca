using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class RoutesReaderTests
{
    [Fact]
    public void Read_RoutesOfAFunction_GiveItsHosts()
    {
        var function = Given.Function(Given.Process("", """
            "ReverseProxy": {
              "Routes": {
                "r1": { "ClusterId": "hello", "Match": { "Hosts": ["Hello.Example", "hello.example:8443", "*.hello.example"] } },
                "r2": { "ClusterId": "HELLO", "Match": { "Hosts": ["hello.example", "b\u00fccher.example", "*", "[::1]:80", "*:81"] } },
                "r3": { "ClusterId": "hello", "Match": { "Path": "/x" } },
                "r4": { "ClusterId": "other", "Match": { "Hosts": ["other.example"] } } },
              "Clusters": { "other": { "Destinations": { "d": { "Address": "http://x" } } }, "hello": { "LoadBalancingPolicy": "RoundRobin", "Destinations": {} } } }
            """));

        Assert.Equal(["*.hello.example", "hello.example", "xn--bcher-kva.example"], function.Hosts);
    }

    [Theory]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "helo" } } }""", "Routes:r:ClusterId", "'helo' is neither a function nor a cluster; did you mean 'hello'?")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "zebra" } } }""", "Routes:r:ClusterId", "add it under Gateway:Functions or ReverseProxy:Clusters.")]
    [InlineData("""{ "Routes": { "r": { "clusterid": "others" } }, "Clusters": { "other": {} } }""", "Routes:r:clusterid", "did you mean 'other'?")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "hello", "Match": { "Hosts": ["a..b"] } } } }""", "Routes:r:Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "hello", "Match": { "Hosts": ["a.*.b"] } } } }""", "Routes:r:Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Clusters": { "Hello": { "Destinations": { "d": { "Address": "http://x" } } } } }""", "Clusters:Hello:Destinations", "the gateway makes the destinations of a function; remove them.")]
    public void Read_WrongRouteOrCluster_SaysWhereAndWhat(string proxy, string key, string expected)
    {
        var error = Given.Error(Given.Process("", $"\"ReverseProxy\": {proxy}"));

        Assert.Equal("ReverseProxy:" + key, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RouteToAFunctionWithErrors_IsNoErrorOfItsOwn() =>
        Assert.Equal("Gateway:Functions:hello:Port", Given.Error(Given.Process("\"Port\": 0", """ "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello" } } } """)).Path);

    [Fact]
    public void Read_FunctionThatNothingLeadsTo_IsAWarning()
    {
        var warning = Assert.Single(Given.Warnings(Given.Process()));

        Assert.Equal("Gateway:Functions:hello: nothing leads to it; add a Listen address, or a route with \"ClusterId\": \"hello\".", warning.ToString());
        Assert.Empty(Given.Warnings(Given.Process("\"Listen\": [\"http://*:81\"]")));
        Assert.Empty(Given.Warnings(Given.Process("", """
            "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello" } } }, "Kestrel": { "Endpoints": { "web": { "Url": "http://*:81" } } }
            """)));
    }

    [Fact]
    public void Read_RoutesWithoutAnEndpoint_IsAWarning() =>
        Assert.Equal("Kestrel:Endpoints", Assert.Single(Given.Warnings(Given.Process("", """ "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello" } } } """))).Path);

    [Fact]
    public void Read_NoFunctions_IsAWarning() => Assert.Equal("Gateway:Functions", Assert.Single(Given.Warnings("{}")).Path);

    [Fact]
    public void Read_Urls_IsAWarning() =>
        Assert.Equal("urls", Assert.Single(Given.Warnings(Given.Process("\"Listen\": [\"http://*:81\"]", "\"urls\": \"http://*:5000\""))).Path);
}
