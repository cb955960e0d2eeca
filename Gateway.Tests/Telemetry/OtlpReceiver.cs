using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Tests.Telemetry;

/// <summary>A span as a collector receives it.</summary>
internal sealed record ReceivedSpan(string TraceId, string SpanId, string Parent, string Name, ulong Start, ulong End, int Status, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A collector of OTLP/HTTP with protobuf (opentelemetry-proto, collector/trace/v1) in a network namespace.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    public const int Port = 4318;

    private readonly HttpReceiver _server;

    public OtlpReceiver(NetworkNamespace space)
        : this(space.Listen(new IPEndPoint(IPAddress.Loopback, Port)))
    {
    }

    public OtlpReceiver(Socket listener) => _server = new HttpReceiver(listener, request =>
    {
        Heads.Enqueue(request.Head);
        foreach (var span in Messages(request.Body, 1).SelectMany(resource => Messages(resource, 2)).SelectMany(scope => Messages(scope, 2)))
        {
            Spans.Enqueue(SpanOf(span));
        }

        return HttpReceiver.Answer("200 OK", "Content-Type: application/x-protobuf\r\n");
    });

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    /// <summary>The heads of the requests.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>Waits for spans.</summary>
    public async Task<ReceivedSpan[]> WaitAsync(Func<ReceivedSpan[], bool> enough)
    {
        await Eventually.True(() => enough([.. Spans]), "the spans come");
        return [.. Spans];
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static ReceivedSpan SpanOf(byte[] span)
    {
        var fields = Fields(span).ToLookup(field => field.Number, field => field.Value);
        var status = fields[15].Select(value => Fields((byte[])value).Where(field => field.Number == 3).Select(field => (int)(ulong)field.Value).FirstOrDefault()).FirstOrDefault();
        return new ReceivedSpan(
            Hex(1), Hex(2), Hex(4), Encoding.UTF8.GetString((byte[])fields[5].Single()), (ulong)fields[7].Single(), (ulong)fields[8].Single(), status,
            Messages(span, 9).ToDictionary(pair => Encoding.UTF8.GetString(Messages(pair, 1).Single()), pair => Any(Messages(pair, 2).Single())));

        string Hex(int number) => fields[number].Select(value => Convert.ToHexStringLower((byte[])value)).FirstOrDefault("");
    }

    private static string Any(byte[] value) => Fields(value).Single() switch
    {
        (1, byte[] text) => Encoding.UTF8.GetString(text),
        (4, ulong number) => BitConverter.UInt64BitsToDouble(number).ToString(CultureInfo.InvariantCulture),
        var (_, other) => string.Create(CultureInfo.InvariantCulture, $"{other}"),
    };

    private static IEnumerable<byte[]> Messages(byte[] message, int number) => Fields(message).Where(field => field.Number == number).Select(field => (byte[])field.Value);

    // protobuf.dev/programming-guides/encoding: a key of number and wire type, then a varint (0), 8 bytes (1), a length and as many bytes (2) or 4 bytes (5).
    private static IEnumerable<(int Number, object Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    yield return ((int)(key >> 3), Varint(message, ref at));
                    break;
                case 1:
                    yield return ((int)(key >> 3), BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return ((int)(key >> 3), message[at..(at + length)]);
                    at += length;
                    break;
                default:
                    yield return ((int)(key >> 3), (ulong)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)));
                    at += 4;
                    break;
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return value;
            }
        }
    }
}
