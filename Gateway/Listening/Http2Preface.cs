using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Listening;

/// <summary>
/// Recognises HTTP/2 by prior knowledge (RFC 9113, section 3.3) by its first bytes. No HTTP/1.1 server takes them for a request, and every HTTP/2
/// server answers them with a SETTINGS frame.
/// </summary>
internal static class Http2Preface
{
    /// <summary>How long an instance may take to answer. It listens already, and the answer costs it nothing.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    /// <summary>How long a client may be silent. A client of HTTP/2 sends the preface at once; a later one is left to the limits of HTTP/1.1.</summary>
    private static readonly TimeSpan ClientLimit = TimeSpan.FromSeconds(10);

    /// <summary>RFC 9113, section 4.1: length, type, flags and stream before the payload.</summary>
    private const int FrameHeader = 9;

    /// <summary>RFC 9113, section 6.5.</summary>
    private const byte SettingsFrame = 4;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    /// <summary>The preface and an empty SETTINGS frame, which is the least that a client has to send (RFC 9113, section 3.4).</summary>
    private static readonly byte[] Question = [.. Preface, 0, 0, 0, SettingsFrame, 0, 0, 0, 0, 0];

    /// <summary>Asks an instance whether it speaks HTTP/2 without TLS. Returns null if it could not be reached.</summary>
    public static async Task<bool?> AskAsync(Uri instance, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(instance.DnsSafeHost, instance.Port, limit.Token);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return null;
        }

        try
        {
            await socket.SendAsync(Question, limit.Token);
            var answer = new byte[FrameHeader];
            var length = 0;
            while (length < FrameHeader)
            {
                var size = await socket.ReceiveAsync(answer.AsMemory(length), limit.Token);
                if (size == 0)
                {
                    return false;
                }

                length += size;
            }

            return answer[3] == SettingsFrame && BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(5)) == 0;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// Has Kestrel speak HTTP/2 on a connection without TLS whose client begins with the preface. Kestrel alone speaks HTTP/1.1 on every endpoint
    /// that allows both. Nothing is consumed of what the client sends.
    /// </summary>
    /// <param name="connection">A connection that Kestrel has not read from yet.</param>
    /// <param name="mayBeTls">Whether the first bytes have been waited for already, because they may begin a TLS handshake.</param>
    /// <param name="time">The clock.</param>
    public static async Task AcceptAsync(ConnectionContext connection, bool mayBeTls, TimeProvider time)
    {
        var input = connection.Transport.Input;
        if (!input.TryRead(out var read))
        {
            if (mayBeTls)
            {
                return;
            }
        }
        else if (Judge(connection, input, read))
        {
            return;
        }

        await using var limit = time.CreateTimer(static state => ((PipeReader)state!).CancelPendingRead(), input, ClientLimit, Timeout.InfiniteTimeSpan);
        using var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            .Register(static state => ((PipeReader)state!).CancelPendingRead(), input);
        while (!Judge(connection, input, await input.ReadAsync()))
        {
        }
    }

    /// <returns>Returns false if more bytes are needed.</returns>
    private static bool Judge(ConnectionContext connection, PipeReader input, ReadResult read)
    {
        var buffer = read.Buffer;
        var length = (int)Math.Min(buffer.Length, Preface.Length);
        Span<byte> begin = stackalloc byte[Preface.Length];
        buffer.Slice(0, length).CopyTo(begin);
        var fits = begin[..length].SequenceEqual(Preface.AsSpan(0, length));
        if (fits && length < Preface.Length && !read.IsCompleted && !read.IsCanceled)
        {
            input.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        // Nothing is consumed or examined, so the next reader gets it at once.
        input.AdvanceTo(buffer.Start);
        if (fits && length == Preface.Length)
        {
            var feature = Protocols(HttpProtocols.Http2);
            connection.Features[feature.GetType()] = feature;
        }

        return true;
    }

    /// <summary>Makes the feature that Kestrel itself sets when an entry of an <c>Sni</c> map has its own protocols. There is no public way to do so for a connection.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType("Microsoft.AspNetCore.Server.Kestrel.Core.Internal.HttpProtocolsFeature, Microsoft.AspNetCore.Server.Kestrel.Core")]
    private static extern object Protocols(HttpProtocols protocols);
}
