using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class AddressClaimsTests
{
    [Theory]
    [InlineData("http://*:81", "http://*:81", true)]
    [InlineData("http://*:81", "https://*:81", true)]
    [InlineData("http://*:81", "http://127.0.0.1:81", true)]
    [InlineData("http://127.0.0.1:81", "http://*:81", true)]
    [InlineData("http://[::1]:81", "http://[::]:81", true)]
    [InlineData("http://0.0.0.0:81", "http://127.0.0.1:81", true)]
    [InlineData("http://127.0.0.1:81", "http://0.0.0.0:81", true)]
    [InlineData("http://0.0.0.0:81", "http://[::1]:81", false)]
    [InlineData("http://[::1]:81", "http://0.0.0.0:81", false)]
    [InlineData("http://127.0.0.1:81", "http://127.0.0.2:81", false)]
    [InlineData("http://127.0.0.1:81", "http://[::1]:81", false)]
    [InlineData("http://localhost:81", "http://[::1]:81", true)]
    [InlineData("http://*:81", "http://*:82", false)]
    [InlineData("http://*:81-90", "http://127.0.0.1:85-95", true)]
    public void Read_TwoFunctions_OverlapIsOneErrorThatNamesBoth(string a, string b, bool overlap)
    {
        var errors = Given.Errors($$"""
            { "Kestrel": { "Certificates": { "Default": { "Path": "x" } } },
              "Gateway": { "Functions": {
                "a": { "Runtime": "Process", "Command": ["a"], "Listen": ["{{a}}"] },
                "b": { "Runtime": "Process", "Command": ["b"], "Listen": ["{{b}}"] } } } }
            """);

        if (!overlap)
        {
            Assert.Empty(errors);
            return;
        }

        var error = Assert.Single(errors);
        Assert.Equal("Gateway:Functions:b:Listen:0", error.Path);
        Assert.Contains("of Gateway:Functions:a:Listen:0; give one of the two another port.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwiceInOneFunction_IsAnError()
    {
        var error = Given.Error(Given.Process("\"Listen\": [\"http://*:81\", \"http://127.0.0.1:81\"]"));

        Assert.Equal("Gateway:Functions:hello:Listen:1: 127.0.0.1:81 overlaps *:81 of Gateway:Functions:hello:Listen:0; give one of the two another port.", error.ToString());
    }

    [Theory]
    [InlineData("http://*:9090", "Gateway:Admin:Url")]
    [InlineData("http://127.0.0.1:9090", "Gateway:Admin:Url")]
    [InlineData("http://*:8000", "Kestrel:Endpoints:web:Url")]
    [InlineData("http://*:8001", "Kestrel:Endpoints:name:Url")]
    [InlineData("http://[::1]:8002", "Kestrel:Endpoints:both:Url")]
    [InlineData("http://127.0.0.1:80", "Kestrel:Endpoints:defaulted:Url")]
    public void Read_AddressOfTheAdminOrAnEndpoint_IsAnErrorThatNamesIt(string listen, string taken)
    {
        var error = Given.Error(Given.Process($"\"Listen\": [\"{listen}\"]", """
            "Kestrel": { "Endpoints": {
                "web": { "Url": "http://192.0.2.1:8000" }, "name": { "Url": "http://www.example:8001" },
                "both": { "Url": "http://localhost:8002" }, "defaulted": { "Url": "http://*" }, "pipe": { "Url": "http://unix:/x" } } }
            """));

        Assert.Equal("Gateway:Functions:hello:Listen:0", error.Path);
        Assert.Contains($"of {taken}; ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "web": { "Url": "http://*:9090" } }""", "Kestrel:Endpoints:web:Url", "of Gateway:Admin:Url")]
    [InlineData("""{ "a": { "Url": "http://*:81" }, "b": { "Url": "https://*:81" } }""", "Kestrel:Endpoints:b:Url", "of Kestrel:Endpoints:a:Url")]
    [InlineData("""{ "web": { } }""", "Kestrel:Endpoints:web:Url", "no Url")]
    [InlineData("""{ "web": { "Url": "81" } }""", "Kestrel:Endpoints:web:Url", "is not an address")]
    [InlineData("""{ "Gateway-Admin": { "Url": "http://*:81" } }""", "Kestrel:Endpoints:Gateway-Admin", "are the gateway's own")]
    public void Read_EndpointOfTheUser_IsCheckedToo(string endpoints, string path, string expected)
    {
        var error = Given.Error(Given.Process("", $"\"Kestrel\": {{ \"Endpoints\": {endpoints} }}"));

        Assert.Equal(path, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    // The program itself listens on its Port: the gateway cannot, and would find itself when it probes.
    [Theory]
    [InlineData("\"Port\": 81, \"Listen\": [\"http://*:81\"]", true)]
    [InlineData("\"Port\": 81, \"Listen\": [\"http://127.0.0.1:81\"]", true)]
    [InlineData("\"Port\": 81, \"Listen\": [\"http://192.0.2.1:81\"]", false)]
    [InlineData("\"Listen\": [\"http://*:8080\"]", false)]
    public void Read_ListenOnThePortOfTheProgram_IsAnError(string more, bool overlap)
    {
        var errors = Given.Errors(Given.Process(more));

        Assert.Equal(overlap ? ["Gateway:Functions:hello:Listen:0"] : [], errors.Select(error => error.Path));
    }

    [Fact]
    public void Read_PortOfADockerFunction_TakesTheMachinesOnlyOnTheHostNetwork()
    {
        Assert.Empty(Given.Errors(Given.Docker("\"Listen\": [\"http://*:8080\"]")));
        Assert.Equal("Gateway:Functions:hello:Listen:0", Given.Error(Given.Docker("\"Network\": \"host\", \"Listen\": [\"http://*:8080\"]")).Path);
    }
}
