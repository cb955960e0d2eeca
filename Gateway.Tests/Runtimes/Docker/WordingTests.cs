using System.Net.Sockets;
using Docker.DotNet;
using Gateway.Runtimes;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>What people read: needs no engine.</summary>
public sealed class WordingTests
{
    [Theory]
    [InlineData("one\r\ntwo\n\n", "one | two")]
    [InlineData("\u001b[1;31mred\u001b[0m\a\ttab", "red  tab")]
    [InlineData("", "")]
    [InlineData("0123456789012345", "...89012345")]
    public void Clean_Text_IsOneBoundedLine(string text, string expected) =>
        Assert.Equal(expected, ProgramOutput.Clean(text, maxCharacters: 11));

    [Fact]
    public void Unreachable_PermissionDenied_SaysSo()
    {
        var error = EngineErrors.Unreachable(
            new DockerDialect(),
            new Uri("unix:///run/docker.sock"),
            new HttpRequestException("no", new SocketException((int)SocketError.AccessDenied)));

        Assert.Equal(
            "Gateway:Docker:Endpoint: permission denied at unix:///run/docker.sock; run the gateway as a user who may use that socket",
            error.Message);
    }

    [Theory]
    [InlineData("{\"message\":\"no such\\nthing.\"}", "no such | thing")]
    [InlineData("not json", "not json")]
    [InlineData("[]", "[]")]
    [InlineData(null, "status 500")]
    public void Message_OfTheEngine_IsUnwrapped(string? body, string expected) =>
        Assert.Equal(expected, EngineErrors.Message(new DockerApiException(System.Net.HttpStatusCode.InternalServerError, body)));

    [Theory]
    [InlineData("2026-01-02T03:04:05.123456789Z", "1767323045.123456700")]
    [InlineData("2026-01-02T04:04:05+01:00", "1767323044.999999900")]
    [InlineData("0001-01-01T00:00:00Z", "")]
    [InlineData("", "")]
    public void Timestamp_OfTheEngine_IsSecondsWithFraction(string rfc3339, string expected) =>
        Assert.Equal(expected, EngineFacts.Timestamp(rfc3339));
}
