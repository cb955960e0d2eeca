using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>Waits for a client's whole ClientHello, which may be spread over segments and records (RFC 8446, section 5.1), and leaves its bytes in place.</summary>
internal static class WholeClientHello
{
    private const byte HandshakeRecord = 22;
    private const int RecordHeader = 5;

    /// <summary>The type and the length of a handshake message (RFC 8446, section 4).</summary>
    private const int MessageHeader = 4;

    /// <summary>The most that is read for it. The largest ones of today have 2 KiB.</summary>
    private const int Longest = 16384;

    /// <summary>How long a client may be silent, as in a handshake by Kestrel.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Returns the server name; an empty one if the ClientHello has none; null if there was no ClientHello.</summary>
    public static async Task<string?> NameAsync(ConnectionContext connection, TimeProvider time)
    {
        var input = connection.Transport.Input;
        await using var limit = time.CreateTimer(static state => ((PipeReader)state!).CancelPendingRead(), input, Limit, Timeout.InfiniteTimeSpan);
        for (var needed = RecordHeader; ;)
        {
            var read = await input.ReadAsync();
            var isLast = read.IsCompleted || read.IsCanceled;
            if (read.Buffer.Length < needed && !isLast)
            {
                // Who sends byte by byte does not have it read again for each.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            var whole = Join(read.Buffer.ToArray(), out needed);
            if (whole is not null || needed == 0 || isLast || needed > Longest)
            {
                // Nothing is consumed or examined, so the next reader gets it at once.
                input.AdvanceTo(read.Buffer.Start);
                return whole is null ? null : ClientHelloParser.ServerName(whole.AsSpan()) ?? "";
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Puts the parts of the first handshake message together.</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="needed">How much has to have come before more is known, in bytes; 0 if it is no ClientHello.</param>
    /// <returns>Returns one record that has all of it, or null if it is not whole.</returns>
    internal static byte[]? Join(ReadOnlySpan<byte> bytes, out int needed)
    {
        needed = RecordHeader;
        var message = new List<byte>(bytes.Length);
        while (bytes.Length > 0)
        {
            if (bytes[0] != HandshakeRecord || (bytes.Length > 1 && bytes[1] != 3))
            {
                needed = 0;
                return null;
            }

            if (bytes.Length < RecordHeader)
            {
                return null;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            var part = bytes[RecordHeader..Math.Min(bytes.Length, RecordHeader + length)];
            message.AddRange(part);
            if (message.Count >= MessageHeader)
            {
                var size = MessageHeader + ((message[1] << 16) | (message[2] << 8) | message[3]);
                if (message[0] != 1 || size > Longest)
                {
                    needed = 0;
                    return null;
                }

                if (message.Count >= size)
                {
                    return [HandshakeRecord, 3, 1, (byte)(size >> 8), (byte)size, .. message.Take(size)];
                }
            }

            // A record without content cannot be a part of a handshake (section 5.1).
            if (length == 0)
            {
                needed = 0;
                return null;
            }

            if (part.Length < length)
            {
                needed += length;
                return null;
            }

            needed += length + RecordHeader;
            bytes = bytes[(RecordHeader + length)..];
        }

        return null;
    }
}
