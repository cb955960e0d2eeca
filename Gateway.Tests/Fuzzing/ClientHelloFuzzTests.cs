using System.Buffers;
using System.IO.Pipelines;
using Gateway.Listening;
using Gateway.Tests.Listening;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>For any bytes the readers of ClientHellos in user space give a name or none, and never throw.</summary>
public sealed class ClientHelloFuzzTests
{
    private static readonly byte[][] Corpus =
    [
        HelloBytes.Of("hello.example"), HelloBytes.Of("HELLO.example."), HelloBytes.Of(null), HelloBytes.Of(""), HelloBytes.Of(new string('a', 253)),
        HelloBytes.Of("hello.example", HelloBytes.Extension(51, new byte[1200]), HelloBytes.Extension(0x0a0a, [])),
        HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerNames(1, [1, 2, 3]))),
        [.. HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example"))[..50]), .. HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example"))[50..])],
        [22, 3, 1, 0xff, 0xff], [21, 3, 1, 0, 2, 1, 0],
    ];

    [Fact]
    public void ServerName_MutatedHellos_IsANameThatIsThere()
    {
        var mutator = new Mutator(seed: 3, Corpus);
        var rounds = Mutator.Rounds(50_000);
        var named = 0;
        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            if (ClientHelloParser.ServerName(bytes) is not { } name)
            {
                continue;
            }

            named++;
            Assert.InRange(name.Length, 0, 253);
            Assert.True(name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '_'), name);
        }

        Assert.InRange(named, rounds / 20, rounds);
    }

    [Fact]
    public async Task ListenAsync_MutatedHellosInPieces_TellsWholeRecordsAndLeavesAll()
    {
        var mutator = new Mutator(seed: 4, Corpus);
        var random = new Random(5);
        var rounds = Mutator.Rounds(20_000);
        var told = 0;
        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            var pipe = new Pipe();
            var connection = new DefaultConnectionContext { Transport = new Duplex(pipe) };
            var cut = random.Next(bytes.Length + 1);
            ReadOnlySequence<byte>? heard = null;
            var listening = ClientHelloListener.ListenAsync(connection, (_, hello) => heard = new(hello.ToArray()), TimeProvider.System);
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut));
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut));
            await pipe.Writer.CompleteAsync();
            await listening;

            var left = await pipe.Reader.ReadAsync();
            Assert.Equal(bytes, left.Buffer.ToArray());
            if (heard is { } record)
            {
                told++;
                Assert.Equal(5 + (bytes[3] << 8 | bytes[4]), record.Length);
                Assert.Equal(bytes.AsSpan(0, (int)record.Length).ToArray(), record.ToArray());
            }
        }

        Assert.InRange(told, rounds / 20, rounds);
    }

    private sealed class Duplex(Pipe pipe) : IDuplexPipe
    {
        public PipeReader Input => pipe.Reader;

        public PipeWriter Output => pipe.Writer;
    }
}
