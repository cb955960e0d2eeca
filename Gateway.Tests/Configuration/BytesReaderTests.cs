using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class BytesReaderTests
{
    [Theory]
    [InlineData("""["http://*:81"], "Sni": ["a.example"]""", "Sni: holds for tls addresses")]
    [InlineData("""["tcp://*:81"], "Sni": ["a.example"]""", "Sni: holds for tls addresses")]
    [InlineData("""["http://*:81"], "SendProxyProtocol": true""", "SendProxyProtocol: holds for tcp and tls addresses")]
    [InlineData("""["tcp://*:81", "http://*:82"]""", "http://*:82 speaks HTTP")]
    [InlineData("""["tcp://*:81"], "Protocol": "h2c" """, "Protocol: is about requests of HTTP")]
    [InlineData("""["tls://*:81"], "Idle": { "KeepAliveTier": "Running" }""", "KeepAliveTier: is about requests of HTTP")]
    public void Read_KeyWithoutEffect_IsAnError(string listen, string expected) =>
        Assert.Contains(Given.Errors(Functions($"\"Listen\": {listen}")), error => $"{error}".Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData(""" "Sni": ["a.example"] """, """ "Sni": ["*.a.example"] """, null)]
    [InlineData(""" "Sni": ["a.example"] """, """ "Sni": ["A.example"] """, "'a.example' is a name of one too")]
    [InlineData(""" "Sni": ["a.example"] """, """ "WakeOn": "Syn" """, "give both functions their Sni names")]
    public void Read_TwoFunctionsAtOneAddress_AreToldApartByTheirNames(string one, string two, string? expected)
    {
        var errors = Given.Errors(Functions($"\"Listen\": [\"tls://*:443\"], {one}", $"\"Listen\": [\"tls://*:443\"], {two}"));
        Assert.Equal(expected is null ? 0 : 1, errors.Count);
        Assert.All(errors, error => Assert.Contains(expected!, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_RouteToAFunctionOfBytes_IsAnError()
    {
        var error = Given.Error("""
            { "Kestrel": { "Endpoints": { "http": { "Url": "http://*:80" } } },
              "ReverseProxy": { "Routes": { "r": { "ClusterId": "one", "Match": { "Path": "/" } } } },
              "Gateway": { "Functions": { "one": { "Runtime": "Process", "Command": ["a"], "Listen": ["tcp://*:81"] } } } }
            """);
        Assert.Equal("ReverseProxy:Routes:r:ClusterId: 'one' gets no requests, because bytes are passed on at tcp://*:81; make another function for HTTP.", error.ToString());
    }

    [Theory]
    [InlineData("""["tcp://*:81"], "Split": [{ "Function": "two", "Percent": 10 }]""", """ "Idle": { "After": "00:01:00" } """, null)]
    [InlineData("""["tcp://*:81"], "Split": [{ "Function": "two", "Percent": 10 }]""", """ "Protocol": "h2c" """, "Gateway:Functions:one:Split: two is for requests of HTTP, and one for bytes")]
    [InlineData("""["tcp://*:81"], "Split": [{ "Function": "two", "Percent": 10 }]""", """ "Listen": ["http://*:82"] """, "Gateway:Functions:one:Split: two is for requests of HTTP, and one for bytes")]
    [InlineData("""["http://*:81"], "Split": [{ "Function": "two", "Percent": 10 }]""", """ "Listen": ["tls://*:82"] """, "Gateway:Functions:one:Split: two is for bytes, and one for requests of HTTP")]
    public void Read_SplitOfTwoKinds_IsAnError(string one, string two, string? expected)
    {
        var errors = Given.Errors(Functions($"\"Listen\": {one}", two));
        Assert.Equal(expected is null ? 0 : 1, errors.Count);
        Assert.All(errors, error => Assert.StartsWith(expected!, $"{error}", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ClusterOfAFunctionOfBytes_IsAnError()
    {
        var error = Given.Error("""
            { "ReverseProxy": { "Clusters": { "one": { "HttpRequest": { "ActivityTimeout": "00:01:00" } } } },
              "Gateway": { "Functions": { "one": { "Runtime": "Process", "Command": ["a"], "Listen": ["tcp://*:81"] } } } }
            """);
        Assert.Equal("ReverseProxy:Clusters:one: is about requests of HTTP, and at tcp://*:81 bytes are passed on; remove it.", error.ToString());
    }

    private static string Functions(string one, string? two = null) => $$"""
        { "Gateway": { "Functions": {
            "one": { "Runtime": "Process", "Command": ["a"], {{one}} }{{(two is null ? "" : $", \"two\": {{ \"Runtime\": \"Process\", \"Command\": [\"b\"], {two} }}")}} } } }
        """;
}
