using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gateway.Telemetry.Requests;

namespace Gateway.Forwarding;

/// <summary>
/// One of the forwarder's connections to an instance. It knows whether anything of a request was sent and whether the program has answered.
/// The handler's errors do not say so, and it decides whether a request may be sent again.
/// </summary>
/// <remarks>
/// The handler reads ahead when it takes a connection out of its pool, or before, while the connection idles there, at first into an empty buffer. Then it writes the request,
/// and reads on. So a write during a pending read, after an answer, begins a new request. If the program closes the connection at that moment, the read that ends and the
/// write that begins meet: each says first what it has done and then looks at what the other one has, so that one of them at least knows of both. HTTP/2 has many requests at
/// once on a connection and its own way to say which of them were not processed, and an upgraded connection has no requests. Nothing is tracked for these two.
/// </remarks>
internal sealed partial class InstanceStream(InstanceConnections owner, IPEndPoint endpoint, Socket socket, ConnectionBytes bytes) : NetworkStream(socket, ownsSocket: true)
{
    private volatile bool _reading;
    private volatile bool _answered;
    private volatile bool _sent;
    private volatile bool _closed;
    private bool _begun;
    private volatile bool _isOpaque;
    private bool _dropsWrites;

    public IPEndPoint EndPoint => endpoint;

    /// <summary>What counts the connection's bytes, for who uses its socket instead of the stream.</summary>
    public ConnectionBytes Bytes => bytes;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isOpaque)
        {
            return bytes.CountAsync(base.ReadAsync(buffer, cancellationToken));
        }

        _reading = true;
        if (buffer.IsEmpty)
        {
            // It would only wait for data, which the real read does that the handler has follow, and which ends the reading. That saves each request a wait and a system call, and costs an
            // idle connection the handler's buffer.
            return default;
        }

        var read = base.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? new(Note(buffer.Span, read.Result))
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
            return CountedWriteAsync(buffer, cancellationToken);
        }

        if (_answered && (_reading || _closed))
        {
            (_sent, _answered) = (false, false);
        }

        return _sent ? NoteAsync(CountedWriteAsync(buffer, cancellationToken), isFirst: false) : BeginAsync(buffer, cancellationToken);
    }

    // The first write of a request.
    private ValueTask BeginAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _sent = true;
        Interlocked.MemoryBarrier();
        if (_closed)
        {
            _sent = false;
            throw Unsent();
        }

        try
        {
            return NoteAsync(CountedWriteAsync(buffer, cancellationToken), isFirst: true);
        }
        catch (ObjectDisposedException error)
        {
            _sent = false;
            throw Unsent(error);
        }
    }

    private ValueTask CountedWriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        var write = base.WriteAsync(buffer, cancellationToken);
        bytes.NoteSent(buffer.Length);
        return write;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> NoteAsync(Memory<byte> buffer, ValueTask<int> pending)
    {
        int read;
        try
        {
            read = await pending;
        }
        catch
        {
            _closed = true;
            _reading = false;
            throw;
        }

        return Note(buffer.Span, read);
    }

    private int Note(ReadOnlySpan<byte> buffer, int read)
    {
        if (read == 0)
        {
            NoteEnd();
            _reading = false;
            return 0;
        }

        _reading = false;
        bytes.NoteReceived(read);
        _isOpaque = !_answered && buffer[..read].StartsWith("HTTP/1.1 101"u8);
        _answered = true;
        return read;
    }

    // At the end of the stream the handler would send the request again, whatever its method, up to three times. The exception prevents that.
    private void NoteEnd()
    {
        _closed = true;
        Interlocked.MemoryBarrier();
        if (_sent && !_answered)
        {
            throw new IOException($"{endpoint} closed the connection before it had answered.");
        }
    }

    private ValueTask NoteAsync(ValueTask write, bool isFirst) => write.IsCompletedSuccessfully ? default : NoteLaterAsync(write, isFirst);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask NoteLaterAsync(ValueTask pending, bool isFirst)
    {
        try
        {
            await pending;
        }
        catch (Exception error) when (isFirst && error is (IOException or ObjectDisposedException))
        {
            _sent = false;
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
