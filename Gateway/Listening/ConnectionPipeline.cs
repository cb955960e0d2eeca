using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Listening;

/// <summary>
/// What happens on every connection between Kestrel's accept and its first byte of TLS or HTTP: the address that the client dialled, what that
/// address is for, the signal of a ClientHello, and the version that a client without TLS speaks.
/// </summary>
internal sealed class ConnectionPipeline(
    Listeners listeners, SteeredSockets steered, ClientHelloSignals clientHellos, IWarmUpGate warmUp, TimeProvider time)
{
    /// <summary>Puts itself before Kestrel's own steps, on each endpoint that is opened from here on.</summary>
    public void Use(KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => RunAsync(endpoint, connection, next)));

    private async Task RunAsync(ListenOptions endpoint, ConnectionContext connection, ConnectionDelegate next)
    {
        if (!steered.Resolve(connection) && warmUp.Done)
        {
            // Somebody on this machine found the socket that steered connections go to.
            connection.Abort();
            return;
        }

        var listener = listeners.Find(connection.LocalEndPoint);
        connection.Features.Set(listener);
        if (listener is { Function: null, IsAdmin: false })
        {
            connection.Features.Set(new SharedConnection());
        }

        if (listener.MayBeTls)
        {
            await clientHellos.ListenAsync(connection);
        }

        // As long as the user allows both versions there, which is Kestrel's default.
        if (!listener.IsAdmin && endpoint.Protocols.HasFlag(HttpProtocols.Http1AndHttp2))
        {
            await Http2Preface.AcceptAsync(connection, listener.MayBeTls, time);
        }

        using var client = new ClientConnection();
        connection.Features.Set(client);
        await next(connection);
    }
}
