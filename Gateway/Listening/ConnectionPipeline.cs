using System.Net;
using System.Net.Sockets;
using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Listening;

/// <summary>
/// Handles every connection between Kestrel's accept and its first byte of TLS or HTTP: finds the address that the client dialled and what that
/// address is for, takes off the header of a load balancer, raises the signal of a ClientHello, and recognises HTTP/2 without TLS.
/// </summary>
internal sealed class ConnectionPipeline(
    Listeners listeners, SteeredSockets steered, AccessLists access, ProxyProtocol proxies, ClientHelloSignals clientHellos, IWarmUpGate warmUp, YoungConnections young, TimeProvider time)
{
    /// <summary>Adds itself before Kestrel's own steps on each endpoint that is opened from here on.</summary>
    public void Use(KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => RunAsync(endpoint, connection, next)));

    private async Task RunAsync(ListenOptions endpoint, ConnectionContext connection, ConnectionDelegate next)
    {
        // A load balancer's header replaces the connection's address by the client's.
        var source = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        using var client = new ClientConnection(source, young);
        try
        {
            if (!await BeginAsync(endpoint, connection, source, client))
            {
                connection.Abort();
                return;
            }
        }
        catch (Exception end) when (end is IOException or ConnectionAbortedException or SocketException or ObjectDisposedException)
        {
            // The client has reset the connection, or it was closed for another one. Kestrel would log that as a failure of the gateway, with a stack trace.
            return;
        }

        connection.Features.Set(client);
        await next(connection);
    }

    /// <returns>Returns false if the connection is to be closed.</returns>
    private async ValueTask<bool> BeginAsync(ListenOptions endpoint, ConnectionContext connection, IPAddress? source, ClientConnection client)
    {
        if (!steered.Resolve(connection) && warmUp.Done)
        {
            // A program on this machine dialled the socket that is meant for steered connections.
            return false;
        }

        var listener = listeners.Find(connection.LocalEndPoint);
        connection.Features.Set(listener);
        if (listener.IsAdmin)
        {
            // An operator's connection may stay open for long without a request to a function.
            client.Grow();
            return true;
        }

        // On a shared address it is the request that tells whom it is for. The warm-up dials addresses of functions where the kernel does not steer.
        if (listener.Function is { } function && warmUp.Done && !access.Permit(source, function))
        {
            return false;
        }

        listener.Function?.NoteConnection();
        var isProxied = proxies.Expects(connection.RemoteEndPoint);
        if (isProxied && !await proxies.AcceptAsync(connection))
        {
            return false;
        }

        // Clients are recognised by the source of their SYN, which is the load balancer's on a connection that it has made.
        if (listener.Function is null && !isProxied)
        {
            connection.Features.Set(new SharedConnection());
        }

        if (listener.MayBeTls)
        {
            await clientHellos.ListenAsync(connection, source);
        }

        // This is needed only where the user allows both versions, which is Kestrel's default.
        if (endpoint.Protocols.HasFlag(HttpProtocols.Http1AndHttp2))
        {
            await Http2Preface.AcceptAsync(connection, listener.MayBeTls, time);
        }

        return true;
    }
}
