using Xunit;

namespace Gateway.Tests.Configuration.Proxy;

/// <summary>What is told about a route: one sentence with the path of the key.</summary>
public sealed class RouteReaderTests
{
    [Fact]
    public void Read_RoutesOfAFunction_GiveItsHosts()
    {
        var function = Given.Function(Given.Process("", """
            "ReverseProxy": {
              "Routes": {
                "r1": { "ClusterId": "hello", "Match": { "Hosts": ["Hello.Example", "hello.example:8443", "*.hello.example"] } },
                "r2": { "ClusterId": "HELLO", "Match": { "Hosts": ["hello.example", "b\u00fccher.example", "*", "*:81"], "Path": "/x" } },
                "r3": { "ClusterId": "hello", "Match": { "Path": "/y" } },
                "r4": { "ClusterId": "other", "Match": { "Hosts": ["other.example"] } } },
              "Clusters": { "other": { "Destinations": { "d": { "Address": "http://x" } } }, "hello": { "LoadBalancingPolicy": "RoundRobin", "Destinations": {} } } }
            """));

        Assert.Equal(["*.hello.example", "hello.example", "xn--bcher-kva.example"], function.Hosts);
    }

    [Theory]
    [InlineData(""" "ClusterId": "helo" """, "ClusterId", "'helo' is neither a function nor a cluster; did you mean 'hello'?")]
    [InlineData(""" "ClusterId": "zebra" """, "ClusterId", "add it under Gateway:Functions or ReverseProxy:Clusters.")]
    [InlineData(""" "clusterid": "others" """, "clusterid", "did you mean 'other'?")]
    [InlineData(""" "Cluster": "hello" """, "", "no ClusterId")]
    [InlineData(""" "ClusterId": "hello", "Macth": { "Path": "/x" } """, "Macth", "unknown key; did you mean 'Match'?")]
    [InlineData(""" "ClusterId": "hello", "Order": "first" """, "Order", "'first' is not a whole number")]
    [InlineData(""" "ClusterId": "hello", "Timeout": "30" """, "Timeout", "'30' is not a time")]
    [InlineData(""" "ClusterId": "hello", "Timeout": "00:00:00" """, "Timeout", "is not a time")]
    [InlineData(""" "ClusterId": "hello", "Timeout": "99.00:00:00" """, "Timeout", "is not a time")]
    [InlineData(""" "ClusterId": "hello", "MaxRequestBodySize": -2 """, "MaxRequestBodySize", "is not a whole number from -1")]
    [InlineData(""" "ClusterId": "hello", "MaxRequestBodySize": "10MB" """, "MaxRequestBodySize", "'10MB' is not a whole number")]
    [InlineData(""" "ClusterId": "hello", "TimeoutPolicy": "slow" """, "TimeoutPolicy", "there is no policy 'slow'")]
    [InlineData(""" "ClusterId": "hello", "Metadata": { "a": [1] } """, "Metadata:a", "expected a text")]
    [InlineData(""" "ClusterId": "hello", "RouteId": "x" """, "RouteId", "a route's name is its key")]
    public void Read_WrongKey_SaysWhereAndWhat(string keys, string key, string expected) => Told($$""" "r": { "Match": { "Path": "/x" }, {{keys}} } """, key, expected);

    [Theory]
    [InlineData("{}", "Match", "neither Hosts nor Path")]
    [InlineData("""{ "Methods": ["GET"] }""", "Match", "neither Hosts nor Path")]
    [InlineData("""{ "Path": "/x", "Hsots": ["a"] }""", "Match:Hsots", "did you mean 'Hosts'?")]
    [InlineData("""{ "Path": "/{a" }""", "Match:Path", "'/{a' is not a path to match")]
    [InlineData("""{ "Path": "/{a}/{a}" }""", "Match:Path", "is not a path to match")]
    [InlineData("""{ "Path": "/{id:number}" }""", "Match:Path", "is not a path to match")]
    [InlineData("""{ "Path": "/{id:regex([)}" }""", "Match:Path", "is not a path to match")]
    [InlineData("""{ "Hosts": ["a..b"] }""", "Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Hosts": ["ok.example", "a.*.b"] }""", "Match:Hosts:1", "is not a host name")]
    [InlineData("""{ "Hosts": ["a.example:http"] }""", "Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Hosts": ["a.example:70000"] }""", "Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Hosts": ["[::1]:80"] }""", "Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Hosts": ["https://a.example"] }""", "Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "Hosts": ["xn--bcher-kva.example"] }""", "Match:Hosts:0", "in its own letters")]
    [InlineData("""{ "Hosts": "a.example" }""", "Match:Hosts", "expected a list")]
    [InlineData("""{ "Path": "/x", "Methods": ["GTE"] }""", "Match:Methods:0", "did you mean 'GET'?")]
    [InlineData("""{ "Path": "/x", "Methods": ["GET", "get"] }""", "Match:Methods:1", "is there already")]
    [InlineData("""{ "Path": "/x", "Headers": [ { "Name": "a", "Values": ["b"], "Mode": "Exakt" } ] }""", "Match:Headers:0:Mode", "'Exakt' is not one of ExactHeader")]
    [InlineData("""{ "Path": "/x", "Headers": [ { "Name": "a" } ] }""", "Match:Headers:0", "no Values")]
    [InlineData("""{ "Path": "/x", "Headers": [ { "Name": "a", "Mode": "Exists", "Values": ["b"] } ] }""", "Match:Headers:0:Values", "compares with no values")]
    [InlineData("""{ "Path": "/x", "Headers": [ { "Values": ["b"] } ] }""", "Match:Headers:0", "no Name")]
    [InlineData("""{ "Path": "/x", "Headers": { "a": "b" } }""", "Match:Headers", "expected a list")]
    [InlineData("""{ "Path": "/x", "QueryParameters": [ { "Name": "a", "Values": [""] } ] }""", "Match:QueryParameters:0:Values:0", "matches nothing")]
    [InlineData("""{ "Path": "/x", "QueryParameters": [ { "Name": "a", "Values": ["1"], "Mode": "NotExists" } ] }""", "Match:QueryParameters:0:Mode", "is not one of")]
    [InlineData("""{ "Path": "/x", "QueryParameters": [ { "Name": "a", "Values": ["1"], "IsCaseSensitve": true } ] }""", "Match:QueryParameters:0:IsCaseSensitve", "did you mean 'IsCaseSensitive'?")]
    public void Read_WrongMatch_SaysWhereAndWhat(string match, string key, string expected) => Told($$""" "r": { "ClusterId": "hello", "Match": {{match}} } """, key, expected);

    [Theory]
    [InlineData("""{ "PathRemovePrefx": "/a" }""", "", "unknown transform 'PathRemovePrefx'; did you mean 'PathRemovePrefix'?")]
    [InlineData("""{ "Zebra": "1" }""", "", "unknown transform 'Zebra'; known are PathPrefix")]
    [InlineData("""{ "RequestHeader": "a", "Sett": "b" }""", "", "Expected 'Set' or 'Append'")]
    [InlineData("""{ "RequestHeader": "a b", "Set": "b" }""", ":RequestHeader", "is not a header's name")]
    [InlineData("""{ "RequestHeader": "a", "Set": "b\u000ac" }""", ":Set", "control character")]
    [InlineData("""{ "ResponseHeader": "a", "Set": "b", "When": "Often" }""", "", "ResponseHeader:When: Often")]
    [InlineData("""{ "X-Forwarded": "append" }""", "", "append")]
    [InlineData("""{ "RequestHeadersCopy": "maybe" }""", "", "RequestHeaderCopy: maybe")]
    [InlineData("""{ "HttpMethodChange": "GET" }""", "", "Expected 'Set'")]
    [InlineData("""{ "PathPattern": "/{a" }""", "", ".")]
    [InlineData("""{ "QueryValueParameter": "", "Set": "b" }""", "", ".")]
    [InlineData("""{ "PathPrefix": "/a", "PathSet": "/b" }""", "", "more parameters than expected")]
    [InlineData("{}", "", "an empty transform")]
    [InlineData("\"PathPrefix\"", "", "expected an object")]
    [InlineData("""{ "PathPrefix": { "a": "b" } }""", ":PathPrefix", "expected a single value")]
    public void Read_WrongTransform_SaysWhichOne(string transform, string key, string expected) =>
        Told($$""" "r": { "ClusterId": "hello", "Match": { "Path": "/x" }, "Transforms": [ { "PathPrefix": "/good" }, {{transform}} ] } """, $"Transforms:1{key}", expected);

    [Theory]
    [InlineData("""{ "Path": "/x" }""", """{ "Path": "/X" }""", true)]
    [InlineData("""{ "Path": "/{a}" }""", """{ "Path": "/{b}" }""", true)]
    [InlineData("""{ "Hosts": ["a.example", "b.example"] }""", """{ "Hosts": ["B.example:*"] }""", true)]
    [InlineData("""{ "Path": "/x", "Methods": ["GET"] }""", """{ "Path": "/x", "Methods": ["POST", "get"] }""", true)]
    [InlineData("""{ "Path": "/x", "Methods": ["GET"] }""", """{ "Path": "/x" }""", false)]
    [InlineData("""{ "Path": "/{a:int}" }""", """{ "Path": "/{a}" }""", false)]
    [InlineData("""{ "Hosts": ["a.example"] }""", """{ "Hosts": ["*.example"] }""", false)]
    [InlineData("""{ "Hosts": ["a.example"] }""", """{ "Hosts": ["a.example"], "Path": "/x" }""", false)]
    [InlineData("""{ "Path": "/x", "Headers": [ { "Name": "a", "Values": ["1"] } ] }""", """{ "Path": "/x", "Headers": [ { "Name": "a", "Values": ["2"] } ] }""", false)]
    public void Read_TwoThatTakeTheSame_CannotBeChosenBetween(string one, string other, bool refused)
    {
        var errors = Given.Errors(Given.Process("", $$""" "ReverseProxy": { "Routes": { "one": { "ClusterId": "hello", "Match": {{one}} }, "two": { "ClusterId": "hello", "Match": {{other}} } } } """));

        Assert.Equal(refused ? ["ReverseProxy:Routes:two"] : [], errors.Select(error => error.Path));
        Assert.Empty(Given.Errors(Given.Process("", $$""" "ReverseProxy": { "Routes": { "one": { "ClusterId": "hello", "Match": {{one}} }, "two": { "ClusterId": "hello", "Order": 1, "Match": {{other}} } } } """)));
    }

    [Theory]
    [InlineData("""{ "Route": {} }""", "Route", "did you mean 'Routes'?")]
    [InlineData("""{ "Routes": [ { "ClusterId": "hello" } ] }""", "Routes", "found a list")]
    [InlineData("""{ "Routes": { "headstart-listen": { "ClusterId": "hello", "Match": { "Path": "/x" } } } }""", "Routes:headstart-listen", "are the gateway's own")]
    [InlineData("""{ "Clusters": { "Hello": { "Destinations": { "d": { "Address": "http://x" } } } } }""", "Clusters:Hello:Destinations", "the gateway makes the destinations of a function; remove them.")]
    public void Read_WrongSection_SaysWhereAndWhat(string proxy, string key, string expected)
    {
        var error = Given.Error(Given.Process("", $"\"ReverseProxy\": {proxy}"));

        Assert.Equal("ReverseProxy:" + key, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RouteToAFunctionWithErrors_IsNoErrorOfItsOwn() =>
        Assert.Equal("Gateway:Functions:hello:Port", Given.Error(Given.Process("\"Port\": 0", """ "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello", "Match": { "Path": "/x" } } } } """)).Path);

    [Fact]
    public void Read_FunctionThatNothingLeadsTo_IsAWarning()
    {
        var warning = Assert.Single(Given.Warnings(Given.Process()));

        Assert.Equal("Gateway:Functions:hello: nothing leads to it; add a Listen address, or a route with \"ClusterId\": \"hello\".", warning.ToString());
        Assert.Empty(Given.Warnings(Given.Process("\"Listen\": [\"http://*:81\"]")));
        Assert.Empty(Given.Warnings(Given.Process("", """
            "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello", "Match": { "Path": "/x" } } } }, "Kestrel": { "Endpoints": { "web": { "Url": "http://*:81" } } }
            """)));
    }

    [Fact]
    public void Read_RoutesWithoutAnEndpoint_IsAWarning() =>
        Assert.Equal("Kestrel:Endpoints", Assert.Single(Given.Warnings(Given.Process("", """ "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello", "Match": { "Path": "/x" } } } } """))).Path);

    [Fact]
    public void Read_NoFunctions_IsAWarning() => Assert.Equal("Gateway:Functions", Assert.Single(Given.Warnings("{}")).Path);

    [Fact]
    public void Read_Urls_IsAWarning() =>
        Assert.Equal("urls", Assert.Single(Given.Warnings(Given.Process("\"Listen\": [\"http://*:81\"]", "\"urls\": \"http://*:5000\""))).Path);

    private static void Told(string routes, string key, string expected)
    {
        var errors = Given.Errors(Given.Process("", $$""" "ReverseProxy": { "Routes": { {{routes}} }, "Clusters": { "other": { "Destinations": { "d": { "Address": "http://127.0.0.1:1" } } } } } """));

        var path = key.Length == 0 ? "ReverseProxy:Routes:r" : $"ReverseProxy:Routes:r:{key}";
        Assert.Contains(errors, error => error.Path == path && error.Message.Contains(expected, StringComparison.Ordinal));
        Assert.All(errors, error => Assert.StartsWith("ReverseProxy:Routes:r", error.Path, StringComparison.Ordinal));
    }
}
