using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gateway.Forwarding;

/// <summary>
/// One of the forwarder's connections to an instance. It knows what the handler's errors leave open and on which it depends
/// whether a request may be sent again: whether anything of it was sent, and whether the program has answered.
/// </summary>
/// <remarks>
/// The handler reads ahead when it takes a connection out of its pool, then writes the request, then reads on. So a write that
/// meets a pending read, after bytes of an answer, begins a new request. HTTP/2 has many at once on a connection, and its own
/// way of telling which of them were not looked at; what a connection was upgraded to has no requests. There nothing is noted.
/// </remarks>
internal sealed class InstanceStream(InstanceConnections owner, IPEndPoint endpoint, Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private volatile bool _reading;
    private volatile bool _answered;
    private volatile bool _sent;
    private volatile bool _closed;
    private bool _begun;
    private volatile bool _isOpaque;
    private bool _deaf;

    public IPEndPoint EndPoint => endpoint;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read into nothing waits for data; that it returns nothing says nothing.
        var read = base.ReadAsync(buffer, cancellationToken);
        return buffer.IsEmpty || _isOpaque ? read
            : read.IsCompletedSuccessfully ? new(Note(buffer.Span, read.Result))
            : NoteAsync(buffer, read);
    }

    /// <summary>What a program no longer reads after it has answered goes nowhere: its answer is still to be read.</summary>
    /// <exception cref="UnsentException">Nothing of the request has been sent.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_deaf)
        {
            return default;
        }

        if (!_begun)
        {
            _begun = true;
            // RFC 9113, section 3.4: the client's connection preface.
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

    /// <param name="hasEnded">There is no program at the other end any more.</param>
    public void End(bool hasEnded)
    {
        if (hasEnded)
        {
            // Nobody would acknowledge a FIN. A reset is sent once and is the end of it.
            try
            {
                Socket.LingerState = new LingerOption(enable: true, seconds: 0);
                Socket.Dispose();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The pool was quicker.
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

    // The handler would send a request again that met the end of the stream, whatever its method, as often as three times.
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

    // Behind an answer it is the next request's.
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
            _deaf = true;
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
