using System.Net;
using System.Net.Sockets;
using Gateway.Activation;

namespace Gateway.Forwarding;

/// <summary>
/// The forwarder's connections to instances, so that none outlives the program at its other end.
/// </summary>
/// <remarks>
/// The handler's pool does not look at a connection that idles, and closes it whenever it comes to it: the FIN then goes to a
/// container that is not there any more. The kernel asks for its hardware address for three seconds, once a second
/// (arp(7), retrans_time), and repeats the FIN for minutes. Whoever connects to the next container at that address meanwhile waits for the
/// next of these questions, up to a second of a cold start.
/// </remarks>
public sealed class InstanceConnections : IFunctionObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, List<Connection>> _open = [];

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
        var connection = new Connection(this, endpoint, socket);
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

    public void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
        List<Connection>? connections;
        lock (_gate)
        {
            _open.Remove(endpoint, out connections);
        }

        foreach (var connection in connections ?? [])
        {
            connection.End(hasEnded);
        }
    }

    private void Remove(Connection connection)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(connection.EndPoint, out var connections) && connections.Remove(connection) && connections.Count == 0)
            {
                _open.Remove(connection.EndPoint);
            }
        }
    }

    private sealed class Connection(InstanceConnections owner, IPEndPoint endpoint, Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public IPEndPoint EndPoint => endpoint;

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
    }
}
