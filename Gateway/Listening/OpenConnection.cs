using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Gateway.Model;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
namespace Gateway.Listening;

/// <summary>
/// A client's connection as <see cref="OpenConnections"/> counts it, from its accept until its descriptor is closed. It knows how many requests are being served
/// on it. Everything else is the transport's connection. Every connection has it as a feature.
/// </summary>
internal sealed class OpenConnection : ConnectionContext
{
    /// <summary>How long a connection that has just been heard, and has not brought a whole request yet, counts as one that is about to.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly OpenConnections _owner;
    private readonly ConnectionContext _transport;
    private readonly Socket _socket;
    private readonly long _accepted;
    private int _serving;
    private bool _hasServed;

    public OpenConnection(OpenConnections owner, ClientGroup client, Socket socket, ConnectionContext transport, long accepted)
    {
        (_owner, Client, _socket, _transport, _accepted) = (owner, client, socket, transport, accepted);
        transport.Features.Set(this);
    }

    public ClientGroup Client { get; }

    /// <summary>Where the connection is in its client's list; -1 if it is not counted any more. It is the owner's, under its lock.</summary>
    internal int Index { get; set; } = -1;

    public override string ConnectionId { get => _transport.ConnectionId; set => _transport.ConnectionId = value; }

    public override IFeatureCollection Features => _transport.Features;

    public override IDictionary<object, object?> Items { get => _transport.Items; set => _transport.Items = value; }

    public override IDuplexPipe Transport { get => _transport.Transport; set => _transport.Transport = value; }

    public override CancellationToken ConnectionClosed { get => _transport.ConnectionClosed; set => _transport.ConnectionClosed = value; }

    public override EndPoint? LocalEndPoint { get => _transport.LocalEndPoint; set => _transport.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => _transport.RemoteEndPoint; set => _transport.RemoteEndPoint = value; }

    /// <summary>Notes that a request on the connection is being served. With HTTP/2 there may be several.</summary>
    public void BeginRequest() => Interlocked.Increment(ref _serving);

    /// <summary>Ends what <see cref="BeginRequest"/> began.</summary>
    public void EndRequest()
    {
        Volatile.Write(ref _hasServed, true);
        if (Interlocked.Decrement(ref _serving) == 0)
        {
            _owner.NoteRoom();
        }
    }

    /// <summary>
    /// Returns for how long nothing has been sent or received, or null if the connection is in use: a request is being served, or the client has sent a part of
    /// its first request, or of its handshake, less than <see cref="Grace"/> ago, or has not got all of an answer yet. One system call asks the kernel, so
    /// that nothing has to be noted for what is received.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="evenOpening">Whether one that has not brought a whole request yet counts as idle, however short ago it was heard.</param>
    /// <param name="time">The clock.</param>
    public TimeSpan? IdleFor(long now, bool evenOpening, TimeProvider time)
    {
        if (Volatile.Read(ref _serving) > 0)
        {
            return null;
        }

        if (!TcpInfo.TryReadActivity(_socket, out var activity))
        {
            return time.GetElapsedTime(_accepted, now);
        }

        var isUnderWay = activity.IsSending || (activity.HasReceived && !Volatile.Read(ref _hasServed));
        return isUnderWay && !evenOpening && activity.Silent < Grace ? null : activity.Silent;
    }

    /// <summary>Closes the connection on which nothing happens.</summary>
    /// <param name="atOnce">Whether its descriptor is needed now. Otherwise a client that has been served gets a FIN, as at the end of a keep-alive.</param>
    public void Close(bool atOnce)
    {
        if (!atOnce && Volatile.Read(ref _hasServed))
        {
            try
            {
                // The transport reads the end of the stream, and all that waits on the connection ends as if the client had closed it.
                _socket.Shutdown(SocketShutdown.Both);
                return;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The client has left already.
            }
        }

        Abort(new ConnectionAbortedException("The connection was idle, and its place was needed."));
    }

    public override void Abort(ConnectionAbortedException abortReason) => _transport.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await base.DisposeAsync();
        _owner.Remove(this);
        _owner.NoteRoom();
    }
}
