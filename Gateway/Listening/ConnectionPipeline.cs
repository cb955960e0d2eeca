using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Listening;

/// <summary>
/// Handles every connection between Kestrel's accept and its first byte of TLS or HTTP: finds the address that the client dialled and what that
/// address is for, takes off the header of a load balancer, raises the signal of a ClientHello, and recognises HTTP/2 without TLS.
/// </summary>
internal sealed class ConnectionPipeline(
    Listeners listeners, SteeredSockets steered, ProxyProtocol proxies, ClientHelloSignals clientHellos, IWarmUpGate warmUp, TimeProvider time)
{
    /// <summary>Adds itself before Kestrel's own steps on each endpoint that is opened from here on.</summary>
    public void Use(KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => RunAsync(endpoint, connection, next)));

    private async Task RunAsync(ListenOptions endpoint, ConnectionContext connection, ConnectionDelegate next)
    {
        if (!steered.Resolve(connection) && warmUp.Done)
        {
            // A program on this machine dialled the socket that is meant for steered connections.
            connection.Abort();
            return;
        }

        var listener = listeners.Find(connection.LocalEndPoint);
        connection.Features.Set(listener);
        var isProxied = !listener.IsAdmin && proxies.Expects(connection.RemoteEndPoint);
        if (isProxied && !await proxies.AcceptAsync(connection))
        {
            connection.Abort();
            return;
        }

        // Clients are recognised by the source of their SYN, which is the load balancer's on a connection that it has made.
        if (listener is { Function: null, IsAdmin: false } && !isProxied)
        {
            connection.Features.Set(new SharedConnection());
        }

        if (listener is { MayBeTls: true, IsAdmin: false })
        {
            await clientHellos.ListenAsync(connection);
        }

        // This is needed only where the user allows both versions, which is Kestrel's default.
        if (!listener.IsAdmin && endpoint.Protocols.HasFlag(HttpProtocols.Http1AndHttp2))
        {
            await Http2Preface.AcceptAsync(connection, listener.MayBeTls, time);
        }

        using var client = new ClientConnection();
        connection.Features.Set(client);
        await next(connection);
    }
}
