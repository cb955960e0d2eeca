using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gateway.Forwarding;

/// <summary>
/// One of the forwarder's connections to an instance. It knows whether anything of a request was sent and whether the program has answered.
/// The handler's errors do not say so, and it decides whether a request may be sent again.
/// </summary>
/// <remarks>
/// The handler reads ahead when it takes a connection out of its pool, then writes the request, then reads on. So a write during a pending
/// read, after an answer, begins a new request. HTTP/2 has many requests at once on a connection and its own way to say which of them were not
/// processed, and an upgraded connection has no requests. Nothing is tracked for these two.
/// </remarks>
internal sealed class InstanceStream(InstanceConnections owner, IPEndPoint endpoint, Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private volatile bool _reading;
    private volatile bool _answered;
    private volatile bool _sent;
    private volatile bool _closed;
    private bool _begun;
    private volatile bool _isOpaque;
    private bool _dropsWrites;

    public IPEndPoint EndPoint => endpoint;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read into an empty buffer only waits for data, so that its result 0 does not mean the end.
        var read = base.ReadAsync(buffer, cancellationToken);
        return buffer.IsEmpty || _isOpaque ? read
            : read.IsCompletedSuccessfully ? new(Note(buffer.Span, read.Result))
            : NoteAsync(buffer, read);
    }

    /// <summary>Writes a part of a request. If the program has answered and no longer reads, the part is dropped, because the answer is still to be read.</summary>
    /// <exception cref="UnsentException">Nothing of the request has been sent.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_dropsWrites)
        {
            return default;
        }

        if (!_begun)
        {
            _begun = true;
            // RFC 9113, section 3.4, defines the client's connection preface.
            _isOpaque = buffer.Span.StartsWith("PRI * HTTP/2.0"u8);
        }

        if (_isOpaque)
        {
            return base.WriteAsync(buffer, cancellationToken);
        }

        if (_answered && _reading)
        {
            (_answered, _sent) = (false, false);
        }

        if (_closed && !_sent)
        {
            throw Unsent();
        }

        try
        {
            var write = base.WriteAsync(buffer, cancellationToken);
            if (!write.IsCompletedSuccessfully)
            {
                return NoteAsync(write);
            }

            _sent = true;
            return default;
        }
        catch (ObjectDisposedException error) when (!_sent)
        {
            throw Unsent(error);
        }
    }

    /// <summary>Closes the connection.</summary>
    /// <param name="hasEnded">Whether the program at the other end has ended.</param>
    public void End(bool hasEnded)
    {
        if (hasEnded)
        {
            // Nobody would acknowledge a FIN, so that the kernel would repeat it. A reset is sent only once.
            try
            {
                Socket.LingerState = new LingerOption(enable: true, seconds: 0);
                Socket.Dispose();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The pool has closed it already.
            }
        }

        Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            owner.Remove(this);
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> NoteAsync(Memory<byte> buffer, ValueTask<int> pending)
    {
        _reading = true;
        int read;
        try
        {
            read = await pending;
        }
        catch
        {
            _reading = false;
            NoteEnd();
            throw;
        }

        _reading = false;
        return Note(buffer.Span, read);
    }

    // At the end of the stream the handler would send the request again, whatever its method, up to three times. The exception prevents that.
    private int Note(ReadOnlySpan<byte> buffer, int read)
    {
        if (read > 0)
        {
            _isOpaque = !_answered && buffer[..read].StartsWith("HTTP/1.1 101"u8);
            _answered = true;
        }
        else if (_sent && !_answered)
        {
            throw new IOException($"{endpoint} closed the connection before it had answered.");
        }
        else
        {
            NoteEnd();
        }

        return read;
    }

    // After an answer, the next request counts as not sent.
    private void NoteEnd()
    {
        _closed = true;
        _sent &= !_answered;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask NoteAsync(ValueTask pending)
    {
        try
        {
            await pending;
            _sent = true;
        }
        catch (Exception error) when (!_sent && error is (IOException or ObjectDisposedException))
        {
            throw Unsent(error);
        }
        catch (IOException) when (HasAnswer())
        {
            _dropsWrites = true;
        }
    }

    private UnsentException Unsent(Exception? error = null) =>
        new($"The connection to {endpoint} was closed before the request was sent.", error ?? new SocketException((int)SocketError.ConnectionReset));

    private bool HasAnswer()
    {
        try
        {
            return _answered || Socket.Available > 0;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
