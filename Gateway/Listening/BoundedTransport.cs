using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway.Listening;

/// <summary>
/// Kestrel's transport for TCP and Unix domain sockets, with an accept loop of its own. That of Kestrel begins anew at once when the system refuses a
/// descriptor, for as long as it does.
/// </summary>
internal sealed class BoundedTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketTransportOptions _options;
    private readonly OpenConnections _connections;
    private readonly Listeners _listeners;
    private readonly SocketConnectionContextFactory _contexts;

    public BoundedTransport(IOptions<SocketTransportOptions> options, OpenConnections connections, Listeners listeners, ILoggerFactory loggers)
    {
        (_options, _connections, _listeners) = (options.Value, connections, listeners);
        // The category is that of Kestrel's own transport.
        _contexts = new SocketConnectionContextFactory(Connections(_options), loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));
    }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint;

    /// <exception cref="AddressInUseException">Another socket has the address.</exception>
    /// <exception cref="SocketException">The system does not allow it.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket;
        try
        {
            socket = _options.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(error.Message, error);
        }

        try
        {
            socket.Listen(_options.Backlog);
            return new ValueTask<IConnectionListener>(new BoundedListener(socket, _options.NoDelay, _connections, _listeners, _contexts));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _contexts.Dispose();

    /// <summary>Copies the transport's options, with the memory pool that Kestrel shares. There is no public way to do so.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SocketConnectionFactoryOptions Connections(SocketTransportOptions options);
}
