using System.Buffers;
using System.Net.Sockets;
using Gateway.Listening;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Forwarding.Bytes;

/// <summary>
/// Passes bytes on between a client and an instance until both have ended. The end of one direction is passed on as such, and a reset as a reset. What waits is
/// bounded by the transport's read buffer in one direction and by one buffer in the other, and an idle connection has neither.
/// </summary>
/// <param name="connection">The client's connection, from which the transport reads.</param>
/// <param name="client">Its socket, to which is written here: the transport cannot end one direction alone.</param>
/// <param name="instance">The connection to the instance.</param>
/// <param name="time">The clock.</param>
internal sealed class Splice(ConnectionContext connection, Socket client, InstanceStream instance, TimeProvider time)
{
    private const int BufferSize = 32 << 10;

    // Timers count in milliseconds.
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    private long _last = time.GetTimestamp();
    private volatile bool _hasEnded;

    /// <summary>Passes bytes on.</summary>
    /// <param name="onUse">Called with the client's first bytes.</param>
    /// <param name="onAnswer">Called with the first bytes of the instance.</param>
    /// <param name="longestSilence">How long nothing may be sent in either direction, or null for ever.</param>
    public async Task RunAsync(Action onUse, Action onAnswer, TimeSpan? longestSilence)
    {
        await using var silence = longestSilence is { } longest
            ? time.CreateTimer(_ => EndIfSilent(longest), null, Part(longest), Part(longest)) : null;
        // A program that has written something and exited is heard to its end. It reads nothing any more.
        instance.DrainAtEnd(() =>
        {
            _hasEnded = true;
            connection.Transport.Input.CancelPendingRead();
        });
        Task[] both = [ToInstanceAsync(onUse), ToClientAsync(onAnswer)];
        if ((await Task.WhenAny(both)).IsFaulted)
        {
            Reset();
        }

        var all = Task.WhenAll(both);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (all.IsFaulted)
        {
            Reset();
        }
    }

    private async Task ToInstanceAsync(Action onUse)
    {
        var input = connection.Transport.Input;
        for (var isUsed = false; ;)
        {
            var read = await input.ReadAsync();
            if (!isUsed && !read.Buffer.IsEmpty)
            {
                isUsed = true;
                onUse();
            }

            foreach (var part in read.Buffer)
            {
                await SendAsync(instance.Socket, part);
                instance.Bytes.NoteSent(part.Length);
            }

            input.AdvanceTo(read.Buffer.End);
            // A time limit of what was read before may have cancelled this read.
            if (read.IsCompleted || _hasEnded)
            {
                End(instance.Socket);
                return;
            }
        }
    }

    private async Task ToClientAsync(Action onAnswer)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            // It waits without a buffer.
            await instance.Socket.ReceiveAsync(Memory<byte>.Empty);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                var size = await instance.Socket.ReceiveAsync(buffer.AsMemory(0, BufferSize));
                if (size == 0)
                {
                    // Nobody says that what came is all, so the client is not told so either.
                    if (instance.IsCut)
                    {
                        throw new IOException("The instance has gone without ending the connection.");
                    }

                    End(client);
                    return;
                }

                if (isFirst)
                {
                    onAnswer();
                }

                instance.Bytes.NoteReceived(size);
                await SendAsync(client, buffer.AsMemory(0, size));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Who has gone already need not be told.
    private static void End(Socket direction)
    {
        try
        {
            direction.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other direction says how it ended.
        }
    }

    private async ValueTask SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Volatile.Write(ref _last, time.GetTimestamp());
            bytes = bytes[await to.SendAsync(bytes)..];
        }

        Volatile.Write(ref _last, time.GetTimestamp());
    }

    private void EndIfSilent(TimeSpan longest)
    {
        // A send goes on for as long as the kernel has bytes of it to send.
        if (time.GetElapsedTime(Volatile.Read(ref _last)) >= longest && IsSilent(client, longest) && IsSilent(instance.Socket, longest))
        {
            Reset();
        }
    }

    private static bool IsSilent(Socket socket, TimeSpan longest) => !TcpInfo.TryReadActivity(socket, out var activity) || activity.Silent >= longest;

    private static TimeSpan Part(TimeSpan longest) => longest / 4 is var part && part > s_shortest ? part : s_shortest;

    private void Reset()
    {
        instance.Close(hasEnded: true);
        connection.Abort(new ConnectionAbortedException("One end reset the connection, or both were silent for too long."));
    }
}
