using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>
/// Reads a TLS connection's first record before Kestrel's handshake does, and leaves it in place.
/// </summary>
/// <remarks>
/// Kestrel has a callback for this (HttpsConnectionAdapterOptions.TlsClientHelloBytesCallback), but does not call it on endpoints
/// with an <c>Sni</c> map, which need it most.
/// </remarks>
internal static class ClientHelloListener
{
    private const byte HandshakeRecord = 22;

    /// <summary>RFC 8446, section 5.1: type, version and length before the fragment.</summary>
    private const int RecordHeader = 5;

    /// <summary>RFC 8446, section 5.1: the longest fragment of a record.</summary>
    private const int LongestFragment = 16384;

    /// <summary>How long a client may be silent. Kestrel's handshake allows as much, and times the client out.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Calls back with the first record when all of it has arrived; not if the client does not speak TLS. Of a ClientHello that is spread over
    /// several records only the first one is passed.
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
                // Nothing is consumed or examined, so the next reader gets it at once.
                input.AdvanceTo(buffer.Start);
                return;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Returns the record's length with its header, 0 while the header is incomplete, and -1 if it is not a handshake record.</summary>
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
