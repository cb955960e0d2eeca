using System.Net;
using System.Net.Sockets;
using Gateway.Activation;

namespace Gateway.Forwarding;

/// <summary>
/// The forwarder's connections to instances, so that none outlives the program at its other end, and whoever waits on one
/// hears of the end at once.
/// </summary>
/// <remarks>
/// The handler's pool does not look at a connection that idles, and closes it whenever it comes to it: the FIN then goes to a
/// container that is not there any more. The kernel asks for its hardware address for three seconds, once a second
/// (arp(7), retrans_time), and repeats the FIN for minutes. Whoever connects to the next container at that address meanwhile waits for the
/// next of these questions, up to a second of a cold start.
/// </remarks>
internal sealed class InstanceConnections : IFunctionObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, List<InstanceStream>> _open = [];
    private readonly Dictionary<Socket, IPEndPoint> _connecting = [];

    /// <summary>How many connections there are to an instance.</summary>
    public int Count(IPEndPoint endpoint)
    {
        lock (_gate)
        {
            return _open.TryGetValue(endpoint, out var connections) ? connections.Count : 0;
        }
    }

    /// <summary>The connection as a stream, which is closed at the latest when the instance at <paramref name="endpoint"/> ends.</summary>
    public Stream Add(IPEndPoint endpoint, Socket socket)
    {
        var connection = new InstanceStream(this, endpoint, socket);
        lock (_gate)
        {
            if (!_open.TryGetValue(endpoint, out var connections))
            {
                _open[endpoint] = connections = [];
            }

            connections.Add(connection);
        }

        return connection;
    }

    /// <summary>Connects. An address that nobody answers for any more can take seconds to say so; the end of the instance ends that too.</summary>
    /// <exception cref="UnsentException">Nobody takes connections there.</exception>
    /// <exception cref="SocketException">This machine is in want of something.</exception>
    public async ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        lock (_gate)
        {
            _connecting.Add(socket, endpoint);
        }

        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            // Nobody listens, and the kernel had picked this very port for our end.
            return socket.LocalEndPoint!.Equals(endpoint) ? throw new SocketException((int)SocketError.ConnectionRefused) : Add(endpoint, socket);
        }
        catch (Exception error)
        {
            socket.Dispose();
            if (IsNobody(error))
            {
                throw new UnsentException($"{endpoint}: {error.Message}", error) { IsRefused = true };
            }

            throw;
        }
        finally
        {
            lock (_gate)
            {
                _connecting.Remove(socket);
            }
        }
    }

    public void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
        List<InstanceStream>? connections;
        List<Socket> connecting;
        lock (_gate)
        {
            _open.Remove(endpoint, out connections);
            connecting = [.. _connecting.Where(entry => entry.Value.Equals(endpoint)).Select(entry => entry.Key)];
        }

        foreach (var socket in connecting)
        {
            socket.Dispose();
        }

        foreach (var connection in connections ?? [])
        {
            connection.End(hasEnded);
        }
    }

    internal void Remove(InstanceStream connection)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(connection.EndPoint, out var connections) && connections.Remove(connection) && connections.Count == 0)
            {
                _open.Remove(connection.EndPoint);
            }
        }
    }

    // Cancelled: the handler's limit for a connect. Disposed of: the instance has ended meanwhile.
    private static bool IsNobody(Exception error) => error switch
    {
        SocketException socket => socket.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.TimedOut or SocketError.OperationAborted,
        _ => error is OperationCanceledException or ObjectDisposedException,
    };
}
