using System.Buffers.Binary;
using System.Net;
using System.Text;
using Gateway.Listening;
using Xunit;

namespace Gateway.Tests.Listening;

/// <summary>By sections 2.1 and 2.2 of HAProxy's proxy-protocol.txt.</summary>
public sealed class ProxyHeaderTests
{
    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 56324 443\r\nGET /", "192.0.2.1:56324")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:DB8::2 0 443\r\n", "[2001:db8::1]:0")]
    [InlineData("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:203.0.113.9 1 2\r\n", "192.0.2.1:1")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", null)]
    public void Line_ThatIsRight_NamesTheClient(string text, string? expected)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var whole = text.IndexOf("\r\n", StringComparison.Ordinal) + 2;

        Assert.Equal(expected is null ? ProxyHeaderOutcome.Nobody : ProxyHeaderOutcome.Client, ProxyHeader.Read(bytes, out var length, out var client));
        Assert.Equal((whole, expected), (length, client?.ToString()));
        for (var part = 0; part < whole; part++)
        {
            Assert.Equal(ProxyHeaderOutcome.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, part), out _, out _));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 56324\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 56324 443 \r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 203.0.113.9 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.01 203.0.113.9 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.513 203.0.113.9 56324 443\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 56324 443\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 203.0.113.9 56324 443\r\n")]
    [InlineData("PROXY TCP6 2001:db8::1%1 2001:db8::2 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 056324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 +1 443\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 203.0.113.9 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 1 2\n")]
    [InlineData("PROXY TCP4 192.0.2.1 203.0.113.9 1 2\rGET /\r\n")]
    [InlineData("PROXY UNKNOWN\0\r\n")]
    [InlineData("PROXY UNKNOWNS\r\n")]
    [InlineData("proxy UNKNOWN\r\n")]
    public void Line_ThatIsWrong_IsInvalid(string text) =>
        Assert.Equal(ProxyHeaderOutcome.Invalid, ProxyHeader.Read(Encoding.Latin1.GetBytes(text), out _, out _));

    [Fact]
    public void Line_WithoutAnEnd_IsInvalidAt107()
    {
        var bytes = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 200));

        Assert.Equal(ProxyHeaderOutcome.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, ProxyHeader.LongestLine - 1), out _, out _));
        Assert.Equal(ProxyHeaderOutcome.Invalid, ProxyHeader.Read(bytes.AsSpan(0, ProxyHeader.LongestLine), out _, out _));
    }

    [Theory]
    [InlineData(0x21, 0x11, "C0000201CB007109DC0401BB", "192.0.2.1:56324")]
    [InlineData(0x21, 0x11, "C0000201CB007109DC0401BB03000412345678EA000101", "192.0.2.1:56324")] // with TLVs
    [InlineData(0x21, 0x21, "20010DB800000000000000000000000120010DB8000000000000000000000002DC0401BB", "[2001:db8::1]:56324")]
    [InlineData(0x20, 0x00, "", null)] // LOCAL
    [InlineData(0x20, 0xff, "0102", null)]
    [InlineData(0x21, 0x00, "", null)] // UNSPEC
    [InlineData(0x21, 0x12, "C0000201CB007109DC0401BB", null)] // UDP
    public void Binary_ThatIsRight_NamesTheClient(int command, int family, string body, string? expected)
    {
        byte[] bytes = [.. Binary(command, family, Convert.FromHexString(body)), .. "GET"u8];

        Assert.Equal(expected is null ? ProxyHeaderOutcome.Nobody : ProxyHeaderOutcome.Client, ProxyHeader.Read(bytes, out var length, out var client));
        Assert.Equal((bytes.Length - 3, expected), (length, client?.ToString()));
        for (var part = 0; part < bytes.Length - 3; part++)
        {
            Assert.Equal(ProxyHeaderOutcome.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, part), out _, out _));
        }
    }

    [Theory]
    [InlineData(0x22, 0x11, 12)] // an unknown command
    [InlineData(0x11, 0x11, 12)] // version 1
    [InlineData(0x21, 0x41, 12)] // an unknown family
    [InlineData(0x21, 0x13, 12)] // an unknown protocol
    [InlineData(0x21, 0x11, 11)] // too short for its addresses
    [InlineData(0x21, 0x21, 35)]
    [InlineData(0x21, 0x31, 215)]
    [InlineData(0x20, 0x00, 2033)] // beyond the bound
    public void Binary_ThatIsWrong_IsInvalid(int command, int family, int length) =>
        Assert.Equal(ProxyHeaderOutcome.Invalid, ProxyHeader.Read(Binary(command, family, new byte[length]), out _, out _));

    [Fact]
    public void Unknown_IsAHeaderThatNamesNobody() => Assert.Equal(ProxyHeaderOutcome.Nobody, ProxyHeader.Read(ProxyHeader.Unknown, out _, out _));

    internal static byte[] Binary(int command, int family, byte[] body)
    {
        byte[] bytes = [.. "\r\n\r\n\0\r\nQUIT\n"u8, (byte)command, (byte)family, 0, 0, .. body];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)body.Length);
        return bytes;
    }
}
