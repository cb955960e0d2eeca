using System.Buffers;
using System.IO.Pipelines;
using Gateway.Listening;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>For any bytes in any pieces the gateway finds out whether they begin HTTP/2, consumes nothing, and waits for no more than it needs.</summary>
public sealed class Http2PrefaceFuzzTests
{
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];

    [Fact]
    public async Task AcceptAsync_MutatedPrefacesInPieces_TakesTheRightOnesAndLeavesAll()
    {
        var mutator = new Mutator(seed: 41, [[.. Preface, 0, 0, 0, 4, 0, 0, 0, 0, 0], Preface, [.. "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8], [.. "PRI * HTTP/2.0\r\nHost: a\r\n\r\n"u8]]);
        var random = new Random(42);
        var rounds = Mutator.Rounds(20_000);
        var taken = 0;
        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            var pipe = new Pipe();
            var connection = new DefaultConnectionContext { Transport = new Duplex(pipe) };
            var before = connection.Features.Count();
            var cut = random.Next(bytes.Length + 1);
            var accepting = Http2Preface.AcceptAsync(connection, mayBeTls: false, TimeProvider.System);
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut));
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut));
            await pipe.Writer.CompleteAsync();
            await accepting;

            Assert.Equal(bytes, (await pipe.Reader.ReadAsync()).Buffer.ToArray());
            var isHttp2 = connection.Features.Count() > before;
            Assert.Equal(bytes.AsSpan().StartsWith(Preface), isHttp2);
            taken += isHttp2 ? 1 : 0;
        }

        Assert.InRange(taken, rounds / 20, rounds);
    }

    private sealed class Duplex(Pipe pipe) : IDuplexPipe
    {
        public PipeReader Input => pipe.Reader;

        public PipeWriter Output => pipe.Writer;
    }
}
