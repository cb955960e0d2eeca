using System.Net;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Model;
using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Listening;

/// <summary>
/// Handles every connection between Kestrel's accept and its first byte of TLS or HTTP: finds the address that the client dialled and what that
/// address is for, takes off the header of a load balancer, raises the signal of a ClientHello, and recognises HTTP/2 without TLS.
/// </summary>
internal sealed class ConnectionPipeline(
    Listeners listeners, SteeredSockets steered, AccessLists access, ProxyProtocol proxies, ClientHelloSignals clientHellos, IByteConnections bytes, IWarmUpGate warmUp, YoungConnections young, ConnectionMetrics metrics, TimeProvider time)
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
        if (connection.Features.Get<Listener>() is not { IsBytes: true } listener)
        {
            await next(connection);
        }
        else
        {
            // The warm-up dials none of these, so these are clients also while it is under way.
            await PassOnAsync(connection, listener, client);
        }
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

        // The warm-up's are not clients.
        if (warmUp.Done)
        {
            metrics.Accepted();
        }

        // On a shared address it is the request that tells whom it is for. The warm-up dials addresses of functions where the kernel does not steer.
        if (listener.Function is { } function && (warmUp.Done || listener.IsBytes) && !access.Permit(source, function))
        {
            return false;
        }

        listener.Function?.NoteConnection();
        Expect(listener, connection, client);
        var isProxied = proxies.Expects(connection.RemoteEndPoint);
        if (isProxied && !await proxies.AcceptAsync(connection))
        {
            return false;
        }

        if (isProxied)
        {
            Expect(listener, connection, client);
        }

        // Clients are recognised by the source of their SYN, which is the load balancer's on a connection that it has made.
        if (listener is { Function: null, IsBytes: false } && !isProxied)
        {
            connection.Features.Set(new SharedConnection());
        }

        if (listener.Function is { } expecting)
        {
            client.CountAsLoad(expecting, connection.RemoteEndPoint as IPEndPoint);
        }

        if (listener.IsBytes)
        {
            return true;
        }

        if (listener.MayBeTls)
        {
            await clientHellos.ListenAsync(connection, client);
        }

        // This is needed only where the user allows both versions, which is Kestrel's default.
        if (endpoint.Protocols.HasFlag(HttpProtocols.Http1AndHttp2))
        {
            await Http2Preface.AcceptAsync(connection, listener.MayBeTls, time);
        }

        // The private key's part of a handshake comes next, which takes as long as a dozen requests.
        await PoolThread.EnterAsync();
        return true;
    }

    private async Task PassOnAsync(ConnectionContext connection, Listener listener, ClientConnection client)
    {
        try
        {
            var function = listener.Function;
            var name = "";
            if (listener.MayBeTls)
            {
                if (await WholeClientHello.NameAsync(connection, time) is not { } sent)
                {
                    connection.Abort();
                    return;
                }

                name = sent;
                // A reload may have come in between.
                function = Find();
                if (function is null)
                {
                    await TlsAlert.SendAsync(connection, TlsAlert.UnrecognizedName);
                    return;
                }

                clientHellos.Raise(connection, client, function);
            }

            await bytes.ServeAsync(connection, client, function!, Find, listener.MayBeTls);

            Function? Find() => listeners.Find(connection.LocalEndPoint) is { IsBytes: true } now && now.MayBeTls == listener.MayBeTls && (now.Names is { } names ? names.Find(name) : now.Function) is { } found
                && access.Permit(client.Source, found) ? found : null;
        }
        catch (Exception end) when (end is IOException or ConnectionAbortedException or SocketException or ObjectDisposedException)
        {
            // The client has reset the connection. If it has not, it is not to take this for an orderly end.
            connection.Abort();
        }
    }

    private void Expect(Listener listener, ConnectionContext connection, ClientConnection client)
    {
        if (listener.Function is { } function && warmUp.Done)
        {
            client.Expect(function, (connection.RemoteEndPoint as IPEndPoint)?.Address, time.GetTimestamp());
        }
    }
}
