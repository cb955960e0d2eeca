using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>
/// Reads a TLS connection's first record without taking it, before Kestrel's handshake does.
/// </summary>
/// <remarks>
/// Kestrel has a callback for this (HttpsConnectionAdapterOptions.TlsClientHelloBytesCallback), but does not call it on endpoints
/// with an <c>Sni</c> map, which are the ones that need it most.
/// </remarks>
internal static class ClientHelloListener
{
    private const byte HandshakeRecord = 22;

    /// <summary>RFC 8446, section 5.1: type, version and length before the fragment.</summary>
    private const int RecordHeader = 5;

    /// <summary>RFC 8446, section 5.1: the longest fragment.</summary>
    private const int LongestFragment = 16384;

    /// <summary>A client that says nothing for so long is Kestrel's to time out: its handshake allows as much.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Calls back with the record when all of it is there; never for what is not TLS. A hello spread over several records is
    /// told with what the first one holds.
    /// </summary>
    public static async Task ListenAsync(ConnectionContext connection, Action<ConnectionContext, ReadOnlySequence<byte>> onClientHello, TimeProvider time)
    {
        var input = connection.Transport.Input;
        await using var limit = time.CreateTimer(static state => ((PipeReader)state!).CancelPendingRead(), input, Limit, Timeout.InfiniteTimeSpan);
        while (true)
        {
            var read = await input.ReadAsync();
            var buffer = read.Buffer;
            var length = RecordLength(buffer);
            var whole = length > 0 && buffer.Length >= length;
            if (whole)
            {
                onClientHello(connection, buffer.Slice(0, length));
            }

            if (whole || length < 0 || read.IsCompleted || read.IsCanceled)
            {
                // Nothing taken and nothing examined: whoever reads next gets it at once.
                input.AdvanceTo(buffer.Start);
                return;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>The record's length with its header; 0 while the header is not all there; -1 when it is no handshake.</summary>
    private static int RecordLength(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var type))
        {
            return 0;
        }

        if (type != HandshakeRecord)
        {
            return -1;
        }

        reader.Advance(Math.Min(2, reader.Remaining));
        if (!reader.TryReadBigEndian(out short length))
        {
            return 0;
        }

        var fragment = (ushort)length;
        return fragment <= LongestFragment ? RecordHeader + fragment : -1;
    }
}
