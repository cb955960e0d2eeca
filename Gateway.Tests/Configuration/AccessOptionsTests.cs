using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>Whom an access list lets in. The kernel's own copy of it is held to the same table by <see cref="Ebpf.KernelAccessTests"/>.</summary>
public sealed class AccessOptionsTests
{
    [Theory]
    [InlineData("", "", "198.51.100.4", true)]
    [InlineData("", "198.51.100.0/24", "198.51.100.4", false)]
    [InlineData("", "198.51.100.0/24", "::ffff:198.51.100.4", false)] // how a socket of both families names an IPv4 address
    [InlineData("", "198.51.100.0/24", "198.51.101.4", true)]
    [InlineData("", "2001:db8::/32", "2001:db8:ffff::4", false)]
    [InlineData("", "::/0", "198.51.100.4", true)]
    [InlineData("", "0.0.0.0/0", "198.51.100.4", false)]
    [InlineData("198.51.100.0/24", "", "198.51.100.4", true)]
    [InlineData("198.51.100.0/24", "", "203.0.113.4", false)]
    [InlineData("198.51.100.0/24", "", "2001:db8::4", false)]
    [InlineData("198.51.100.4/32", "198.51.100.0/24", "198.51.100.4", true)]
    [InlineData("198.51.0.0/16", "198.51.100.0/24", "198.51.100.4", false)]
    [InlineData("198.51.100.0/24", "198.51.100.0/24", "198.51.100.4", false)]
    public void Permits_Source_ByTheLongestPrefix(string allow, string deny, string source, bool isPermitted) =>
        Assert.Equal(isPermitted, new AccessOptions { Allow = Prefixes(allow), Deny = Prefixes(deny) }.Permits(IPAddress.Parse(source)));

    [Fact]
    public void Read_TooManyPrefixes_IsOneMistake()
    {
        var list = string.Join(", ", Enumerable.Range(0, AccessOptions.MaxPrefixes + 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"10.{i >> 8}.{i & 255}.1\"")));
        var error = Assert.Single(Given.TryRead(Given.Json(Given.Process($$"""
            "Access": { "Deny": [{{list}}] }
            """))).Errors);
        Assert.Equal("Gateway:Functions:hello:Access:Deny", error.Path);
        Assert.Contains("there are 10001 prefixes, and one list may have 10000", error.Message, StringComparison.Ordinal);
    }

    private static IPNetwork[] Prefixes(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse)];
}
