using System.Net;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Listening;
using Gateway.Telemetry;
using Gateway.Telemetry.Requests;

namespace Gateway.Forwarding;

/// <summary>
/// Keeps track of the forwarder's connections to instances, so that none outlives the program at its other end, and a request that waits on one
/// ends at once.
/// </summary>
/// <remarks>
/// The handler's pool closes an idle connection late, when its FIN goes to a container that does not exist any more. The kernel then asks for the
/// container's hardware address for three seconds, once a second (arp(7), retrans_time), and repeats the FIN for minutes. A connect to the
/// next container at that address waits for the next of these questions, which adds up to a second to a cold start.
/// </remarks>
internal sealed class InstanceConnections(OpenConnections? clients = null, GatewayMetrics? metrics = null) : IFunctionObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, List<InstanceStream>> _open = [];
    private readonly Dictionary<Socket, IPEndPoint> _connecting = [];
    private readonly Dictionary<IPEndPoint, Function> _functions = [];

    /// <summary>Returns how many connections to an instance are open.</summary>
    public int Count(IPEndPoint endpoint)
    {
        lock (_gate)
        {
            return _open.TryGetValue(endpoint, out var connections) ? connections.Count : 0;
        }
    }

    /// <summary>Makes a stream of a connection, which is closed at the latest when the instance at <paramref name="endpoint"/> ends.</summary>
    /// <param name="endpoint">The address of the instance, or of a destination of a cluster of the user's own.</param>
    /// <param name="socket">The connection.</param>
    /// <param name="cluster">The cluster of the user's own that the connection is for; null if it is for the function whose instance is there.</param>
    public Stream Add(IPEndPoint endpoint, Socket socket, string? cluster = null)
    {
        InstanceStream connection;
        lock (_gate)
        {
            connection = new InstanceStream(this, endpoint, socket, Count(cluster ?? _functions.GetValueOrDefault(endpoint)?.Name));
            if (!_open.TryGetValue(endpoint, out var connections))
            {
                _open[endpoint] = connections = [];
            }

            connections.Add(connection);
        }

        return connection;
    }

    /// <summary>Makes a stream of a connection to a destination that has a host name, so that no function's instance is there.</summary>
    public Stream Add(Socket socket, string? cluster) => new CountedStream(socket, Count(cluster));

    /// <summary>Connects to an instance. A connect to an address that does not exist any more can take seconds; the end of the instance ends it.</summary>
    /// <exception cref="UnsentException">Nobody accepts connections there.</exception>
    /// <exception cref="NoDescriptorException">The process has hardly any descriptors left.</exception>
    /// <exception cref="SocketException">This machine lacks a resource.</exception>
    public async ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, string? cluster, CancellationToken cancellationToken)
    {
        var socket = TryMake(endpoint) ?? (clients?.FreeDescriptors() == true ? TryMake(endpoint) : null) ?? throw new NoDescriptorException($"There is no descriptor for a connection to {endpoint}.");
        lock (_gate)
        {
            _connecting.Add(socket, endpoint);
        }

        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            // Nobody listens there, and the kernel chose the very port as the source port.
            return socket.LocalEndPoint!.Equals(endpoint) ? throw new SocketException((int)SocketError.ConnectionRefused) : Add(endpoint, socket, cluster);
        }
        catch (Exception error)
        {
            socket.Dispose();
            if (MeansNobodyListens(error))
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

    public void OnInstances(Function function)
    {
        lock (_gate)
        {
            foreach (var instance in function.Running)
            {
                _functions[instance.Runtime!.Endpoint!] = function;
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
            if (!hasEnded && connections?.FindAll(static connection => connection.Drains) is { Count: > 0 } left)
            {
                // The program that is asked to end may have something to say first, and ends them itself.
                _open[endpoint] = left;
                connections = [.. connections.Except(left)];
            }

            if (_functions.GetValueOrDefault(endpoint) == function)
            {
                _functions.Remove(endpoint);
            }

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

    // A client whose bytes wait in the kernel for a program that does not read would wait for ever. By a new connection it wakes it.
    public void OnFreezing(Function function, IPEndPoint endpoint)
    {
        InstanceStream[] cut;
        lock (_gate)
        {
            cut = _open.TryGetValue(endpoint, out var connections) ? [.. connections.Where(static connection => connection.Drains)] : [];
        }

        foreach (var connection in cut)
        {
            connection.Close(hasEnded: true);
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

    private ConnectionBytes Count(string? name) => (name is null ? null : metrics?.Requests.Of(name))?.Bytes.Open() ?? new ConnectionBytes(of: null);

    // The last descriptors are for starts, engines and the admin endpoint. How the number says that: ConnectionBounds.
    private Socket? TryMake(IPEndPoint endpoint)
    {
        Socket socket;
        try
        {
            socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.TooManyOpenSockets)
        {
            return null;
        }

        if (clients is null || socket.SafeHandle.DangerousGetHandle() < clients.Bounds.FunctionMark)
        {
            return socket;
        }

        socket.Dispose();
        return null;
    }

    // The connect is cancelled by the handler's time limit. The socket is disposed of if the instance has ended meanwhile.
    private static bool MeansNobodyListens(Exception error) => error switch
    {
        SocketException socket => socket.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.TimedOut or SocketError.OperationAborted,
        _ => error is OperationCanceledException or ObjectDisposedException,
    };
}
