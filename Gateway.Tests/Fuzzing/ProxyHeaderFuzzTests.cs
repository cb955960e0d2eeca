using System.Buffers.Binary;
using System.Net;
using System.Text;
using Gateway.Listening;
using Gateway.Tests.Listening;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>For any bytes the reader of PROXY headers gives an outcome and never throws, and the client that it names is in the bytes.</summary>
public sealed class ProxyHeaderFuzzTests
{
    private static readonly byte[][] Corpus =
    [
        [.. "PROXY TCP4 192.0.2.1 203.0.113.9 56324 443\r\nGET / HTTP/1.1\r\n"u8], [.. "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"u8],
        [.. "PROXY UNKNOWN\r\n"u8], [.. "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\nGET"u8],
        ProxyHeaderTests.Binary(0x21, 0x11, Convert.FromHexString("C0000201CB007109DC0401BB")),
        ProxyHeaderTests.Binary(0x21, 0x21, Convert.FromHexString("20010DB800000000000000000000000120010DB8000000000000000000000002DC0401BB03000412345678")),
        ProxyHeaderTests.Binary(0x21, 0x31, new byte[216]), ProxyHeaderTests.Binary(0x20, 0, []),
    ];

    [Fact]
    public void Read_MutatedHeaders_IsAnOutcome_AndTheClientIsInTheBytes()
    {
        var mutator = new Mutator(seed: 11, Corpus);
        var rounds = Mutator.Rounds(100_000);
        var outcomes = new int[4];
        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            var outcome = ProxyHeader.Read(bytes, out var length, out var client);
            outcomes[(int)outcome]++;
            Assert.Equal(outcome == ProxyHeaderOutcome.Client, client is not null);
            if (outcome is ProxyHeaderOutcome.Invalid or ProxyHeaderOutcome.Incomplete)
            {
                Assert.Equal(0, length);
                // What is incomplete is short, so that nobody is waited for who sends more and more.
                Assert.True(outcome == ProxyHeaderOutcome.Invalid || bytes.Length < ProxyHeader.LongestBinary, Convert.ToHexString(bytes));
                continue;
            }

            Assert.InRange(length, 15, bytes.Length);
            // Nothing behind the header matters, and no part of it is one.
            Assert.Equal(outcome, ProxyHeader.Read(bytes.AsSpan(0, length), out _, out var again));
            Assert.Equal(client, again);
            Assert.Equal(ProxyHeaderOutcome.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, length - 1), out _, out _));
            if (client is not null)
            {
                Assert.True(Names(bytes.AsSpan(0, length), client), $"{client}: {Convert.ToHexString(bytes)}");
            }
        }

        Assert.All(outcomes, count => Assert.InRange(count, rounds / 50, rounds));
    }

    private static bool Names(ReadOnlySpan<byte> header, IPEndPoint client)
    {
        if (header[0] != '\r')
        {
            return Encoding.ASCII.GetString(header).Split(' ')[4] == $"{client.Port}";
        }

        // Section 2.2: the addresses begin at 16, and the ports follow them. An IPv4 address may be mapped into an IPv6 one.
        var (address, port) = header[13] == 0x11 ? (16, 24) : client.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? (16, 48) : (28, 48);
        return header[address..].StartsWith(client.Address.GetAddressBytes()) && BinaryPrimitives.ReadUInt16BigEndian(header[port..]) == client.Port;
    }
}
