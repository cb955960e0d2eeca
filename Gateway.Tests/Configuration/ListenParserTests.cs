using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class ListenParserTests
{
    [Theory]
    [InlineData("http://*:81", "http://*:81")]
    [InlineData("HTTP://+:81/", "http://*:81")]
    [InlineData("https://[::]:81", "https://*:81")]
    [InlineData("http://0.0.0.0:81", "http://0.0.0.0:81")]
    [InlineData("http://[2001:DB8::1]:65535", "http://[2001:db8::1]:65535")]
    [InlineData("http://[::ffff:192.0.2.1]:1", "http://192.0.2.1:1")]
    public void TryParse_Good_IsNormalised(string text, string expected)
    {
        Assert.True(ListenParser.TryParse(text, out var addresses, out _));
        Assert.Equal(expected, Assert.Single(addresses).ToString());
    }

    [Theory]
    [InlineData("", "is not an address")]
    [InlineData("8081", "is not an address")]
    [InlineData("*:8081", "is not an address")]
    [InlineData("ftp://*:81", "is not an address")]
    [InlineData("http://*", "has no port; write e.g. \"http://*:8081\"")]
    [InlineData("http://", "has no port; write e.g. \"http://*:8081\"")]
    [InlineData("https://[::1]", "has no port; write e.g. \"https://[::1]:8081\"")]
    [InlineData("http://*:81/path", "more than scheme, host and port")]
    [InlineData("http://*:81?x", "more than scheme, host and port")]
    [InlineData("http://me@127.0.0.1:81", "more than scheme, host and port")]
    [InlineData("http://hello.example:81", "names belong in a route's Match:Hosts")]
    [InlineData("http://:81", "a host that is not")]
    [InlineData("http://::1:81", "a host that is not")]
    [InlineData("http://[127.0.0.1]:81", "a host that is not")]
    [InlineData("http://127.1:81", "a host that is not")]
    [InlineData("http://*:0", "a number from 1 to 65535")]
    [InlineData("http://*:65536", "a number from 1 to 65535")]
    [InlineData("http://*:99999999999", "a number from 1 to 65535")]
    [InlineData("http://*:-1", "a number from 1 to 65535")]
    [InlineData("http://*: 81", "a number from 1 to 65535")]
    [InlineData("http://*:82-81", "a range such as")]
    [InlineData("http://*:81-", "a range such as")]
    [InlineData("http://*:81-82-83", "a range such as")]
    public void TryParse_Bad_SaysWhy(string text, string expected)
    {
        Assert.False(ListenParser.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_AllPorts_AreThatMany()
    {
        Assert.True(ListenParser.TryParse("http://*:1-65535", out var addresses, out _));
        Assert.Equal(65535, addresses.Count);
    }
}
