using System.Buffers;
using Gateway.Listening;
using Xunit;

namespace Gateway.Tests.Listening;

public sealed class ClientHelloParserTests
{
    [Theory]
    [InlineData("hello.example", "hello.example")]
    [InlineData("HELLO.Example.", "hello.example")]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("hello example", null)]
    public void ServerName_OfAHello_IsInLowerCaseWithoutTheRootsDot(string? sent, string? expected) =>
        Assert.Equal(expected, ClientHelloParser.ServerName(HelloBytes.Of(sent)));

    [Fact]
    public void ServerName_BehindOtherExtensionsAndWithoutASession_IsFound()
    {
        var record = HelloBytes.Record(HelloBytes.Handshake([.. HelloBytes.Extension(51, new byte[1200]), .. HelloBytes.ServerName("hello.example")], session: 0));

        Assert.Equal("hello.example", ClientHelloParser.ServerName(record));
    }

    [Fact]
    public void ServerName_HelloGoesOnInAnotherRecord_IsNull()
    {
        var handshake = HelloBytes.Handshake(HelloBytes.ServerName("hello.example"));

        Assert.Null(ClientHelloParser.ServerName(HelloBytes.Record(handshake[..60])));
    }

    [Theory]
    [InlineData(21, 1)]
    [InlineData(22, 2)]
    public void ServerName_OfAnotherRecordOrMessage_IsNull(byte content, byte message) =>
        Assert.Null(ClientHelloParser.ServerName(HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example"), message), content)));

    [Fact]
    public void ServerName_OfARecordInPieces_IsFound()
    {
        var record = HelloBytes.Of("hello.example");
        var first = new Piece(record.AsMemory(0, 10));
        var last = first.Append(record.AsMemory(10));

        Assert.Equal("hello.example", ClientHelloParser.ServerName(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length)));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
