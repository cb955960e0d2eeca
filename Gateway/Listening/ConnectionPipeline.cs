using System.Net;
using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Listening;

/// <summary>
/// Handles every connection between Kestrel's accept and its first byte of TLS or HTTP: finds the address that the client dialled and what that
/// address is for, raises the signal of a ClientHello, and recognises HTTP/2 without TLS.
/// </summary>
internal sealed class ConnectionPipeline(
    Listeners listeners, SteeredSockets steered, ClientHelloSignals clientHellos, AccessLists access, IWarmUpGate warmUp, TimeProvider time)
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
        var source = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        // On a shared address it is the request that tells whom it is for. The warm-up dials addresses of functions where the kernel does not steer.
        if (listener.Function is { } function && warmUp.Done && !access.Permit(source, function))
        {
            connection.Abort();
            return;
        }

        listener.Function?.NoteConnection();
        if (listener is { Function: null, IsAdmin: false })
        {
            connection.Features.Set(new SharedConnection());
        }

        try
        {
            await BeginAsync(endpoint, connection, listener);
        }
        catch (Exception end) when (end is IOException or ConnectionAbortedException)
        {
            // The client has reset the connection, or it was closed for another one. Kestrel would log that as a failure of the gateway, with a stack trace.
            return;
        }

        using var client = new ClientConnection(source);
        connection.Features.Set(client);
        await next(connection);
    }

    private async ValueTask BeginAsync(ListenOptions endpoint, ConnectionContext connection, Listener listener)
    {
        if (listener.MayBeTls)
        {
            await clientHellos.ListenAsync(connection);
        }

        // This is needed only where the user allows both versions, which is Kestrel's default.
        if (!listener.IsAdmin && endpoint.Protocols.HasFlag(HttpProtocols.Http1AndHttp2))
        {
            await Http2Preface.AcceptAsync(connection, listener.MayBeTls, time);
        }
    }
}
