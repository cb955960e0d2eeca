using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Listening;

/// <summary>
/// A listening socket that accepts no more connections than <see cref="OpenConnections"/> has room for. Only the admin endpoint's accepts whatever clients do.
/// </summary>
internal sealed class BoundedListener(
    Socket socket, bool noDelay, OpenConnections connections, Listeners listeners, SocketConnectionContextFactory contexts) : IConnectionListener
{
    private readonly CancellationTokenSource _closed = new();

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <summary>Waits for the next connection. Returns null when the listener has been closed.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled. No connection is lost by that: those that come wait in the socket's queue.</exception>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        var stop = cancellationToken.CanBeCanceled ? cancellationToken : _closed.Token;
        while (true)
        {
            try
            {
                if (!IsAdmin(EndPoint))
                {
                    await connections.RoomAsync(stop);
                }

                if (Admit(await socket.AcceptAsync(cancellationToken)) is { } connection)
                {
                    return connection;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // It is to accept again later, maybe.
                throw;
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException || error is SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await connections.DescriptorAsync($"{EndPoint}", error.Message, stop).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (SocketException)
            {
                // The client reset the connection before it was accepted.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Close();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        _closed.Dispose();
        return default;
    }

    // What is accepted already goes on.
    private void Close()
    {
        _closed.Cancel();
        socket.Dispose();
    }

    private OpenConnection? Admit(Socket accepted)
    {
        try
        {
            return connections.Admit(accepted, IsAdmin(accepted.LocalEndPoint), Transport);
        }
        catch
        {
            accepted.Dispose();
            throw;
        }
    }

    private bool IsAdmin(EndPoint? local) => listeners.Find(local).IsAdmin;

    private ConnectionContext Transport(Socket accepted)
    {
        if (accepted.ProtocolType == ProtocolType.Tcp)
        {
            accepted.NoDelay = noDelay;
        }

        return contexts.Create(accepted);
    }
}
