using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Model;
using Microsoft.AspNetCore.Connections;
namespace Gateway.Listening;

/// <summary>
/// All open connections of clients. It keeps their number in bounds, each client's and that of all, by closing those that have been idle longest, and refuses new ones
/// only if none is idle.
/// </summary>
/// <remarks>What happens on every accept and every request takes no lock that all share. Idle connections are looked for when a bound is reached, and several are closed then.</remarks>
internal sealed class OpenConnections
{
    /// <summary>How long nothing is looked for again after nothing was found. A flood of new connections does not cost a search each.</summary>
    private static readonly TimeSpan SearchPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long it is waited for descriptors that others use, of which nobody tells when they are closed.</summary>
    private static readonly TimeSpan DescriptorPause = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionReports _reports;
    private readonly TimeProvider _time;
    private readonly ClientTable _table = new();
    private readonly Lock _search = new();
    private readonly Dictionary<ClientGroup, long> _foundNone = [];
    private long _foundNoneOfAll;
    private TaskCompletionSource? _room;
    private int _inUse;
    private volatile ConnectionBounds _bounds;

    public OpenConnections(GatewayOptions options, ConnectionReports reports, ConnectionMetrics metrics, TimeProvider time)
    {
        (_reports, _time, _inUse) = (reports, time, DescriptorLimit.InUse);
        _bounds = Derive(options);
        metrics.Observe(() => (_table.Count, _table.CountOf(ClientGroup.Admin), _bounds.Connections));
    }

    public ConnectionBounds Bounds => _bounds;

    /// <summary>Derives the bounds again, when everything that the gateway needs without clients is open.</summary>
    public ConnectionBounds Settle(GatewayOptions options)
    {
        _inUse = Math.Max(0, DescriptorLimit.InUse - _table.Count);
        Update(options);
        return _bounds;
    }

    /// <summary>Takes the limits of a configuration.</summary>
    public void Update(GatewayOptions options)
    {
        _bounds = Derive(options);
        NoteRoom();
    }

    /// <summary>
    /// Waits until one more connection may be accepted, which others may have to be closed for. Until then the kernel keeps those that come, as many as the backlog
    /// takes.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        while (_table.Count >= _bounds.Connections)
        {
            var told = RoomTold();
            if (_table.Count < _bounds.Connections || MakeRoom(ConnectionCause.Whole))
            {
                return;
            }

            // Nobody tells that time has made a connection idle.
            await WaitAsync(told, OpenConnection.Grace, cancellationToken);
        }
    }

    /// <summary>Waits for a free descriptor, because the system has refused one, and closes idle connections for it.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask DescriptorAsync(string endpoint, string reason, CancellationToken cancellationToken)
    {
        _reports.NotAccepted(endpoint, reason);
        var told = RoomTold();
        MakeRoom(ConnectionCause.Descriptors);
        await WaitAsync(told, DescriptorPause, cancellationToken);
    }

    /// <summary>Closes idle connections because their descriptors are needed. Returns false if there are none.</summary>
    public bool FreeDescriptors() => MakeRoom(ConnectionCause.Descriptors);

    /// <summary>Counts an accepted connection, or refuses it.</summary>
    /// <param name="socket">The connection, which is closed if it is refused.</param>
    /// <param name="isAdmin">Whether it is one to the admin endpoint.</param>
    /// <param name="transport">Makes the transport's connection.</param>
    /// <returns>Returns null if it was refused.</returns>
    public OpenConnection? Admit(Socket socket, bool isAdmin, Func<Socket, ConnectionContext> transport)
    {
        var bounds = _bounds;
        var client = isAdmin ? ClientGroup.Admin : ClientGroup.Of(EndPointOf(socket));
        var share = isAdmin ? bounds.Admin : client.HasAddress ? bounds.PerClient : int.MaxValue;
        if (_table.CountOf(client) >= share && !MakeRoomOf(client, share))
        {
            return Refuse(socket, client, ConnectionCause.ClientShare);
        }

        if (!isAdmin && socket.SafeHandle.DangerousGetHandle() >= bounds.ClientMark && !MakeRoom(ConnectionCause.Descriptors))
        {
            return Refuse(socket, client, ConnectionCause.Descriptors);
        }

        var connection = new OpenConnection(this, client, socket, transport(socket), _time.GetTimestamp());
        _table.Add(connection);
        return connection;
    }

    /// <summary>Tells those that wait for room that there may be some.</summary>
    public void NoteRoom()
    {
        if (Volatile.Read(ref _room) is not null)
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    internal void Remove(OpenConnection connection) => _table.Remove(connection);

    private ConnectionBounds Derive(GatewayOptions options) => ConnectionBounds.OfThisProcess(options.ClientLimits, _inUse);

    // Several are closed at once, so that looking for them costs each new connection little: a hundredth, or 8 of fewer than 800.
    private static int Several(int open) => Math.Max(1, Math.Max(Math.Min(8, open / 8), open / 100));

    private bool MakeRoom(ConnectionCause cause)
    {
        lock (_search)
        {
            if (cause == ConnectionCause.Whole && _table.Count < _bounds.Connections)
            {
                return true;
            }

            if (_time.GetTimestamp() < _foundNoneOfAll)
            {
                return false;
            }

            // A reload may have lowered the bound.
            var over = cause == ConnectionCause.Whole ? _table.Count - _bounds.Connections + 1 : 1;
            var chosen = IdleConnections.OfTheLargest(_table, Math.Max(over, Several(_table.Count)), evenOpening: false, _time);
            if (chosen.Count == 0)
            {
                chosen = IdleConnections.OfTheLargest(_table, 1, evenOpening: true, _time);
            }

            Close(chosen, cause);
            _foundNoneOfAll = chosen.Count == 0 ? PauseFromNow() : 0;
            return chosen.Count > 0;
        }
    }

    private bool MakeRoomOf(ClientGroup client, int share)
    {
        lock (_search)
        {
            if (_table.CountOf(client) < share)
            {
                return true;
            }

            if (_foundNone.TryGetValue(client, out var pause) && _time.GetTimestamp() < pause)
            {
                return false;
            }

            var idle = IdleConnections.Of(_table.Of(client), evenOpening: false, _time);
            Close(idle.Take(Several(share)).Select(static entry => entry.Connection), ConnectionCause.ClientShare);
            // Those that found none lately are few: each has reached its share.
            _foundNone.Remove(client);
            if (idle.Count == 0)
            {
                if (_foundNone.Count > _bounds.Connections)
                {
                    _foundNone.Clear();
                }

                _foundNone[client] = PauseFromNow();
            }

            return idle.Count > 0;
        }
    }

    private void Close(IEnumerable<OpenConnection> connections, ConnectionCause cause)
    {
        foreach (var connection in connections)
        {
            if (_table.Remove(connection))
            {
                connection.Close(atOnce: cause == ConnectionCause.Descriptors);
                _reports.Closed(cause, connection.Client);
            }
        }
    }

    // A reset leaves nothing behind: no FIN to be acknowledged, and no state in the kernel.
    private OpenConnection? Refuse(Socket socket, ClientGroup client, ConnectionCause cause)
    {
        socket.Close(timeout: 0);
        _reports.Refused(cause, client);
        return null;
    }

    private long PauseFromNow() => _time.GetTimestamp() + (long)(SearchPause.TotalSeconds * _time.TimestampFrequency);

    private Task RoomTold()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _room, told, null) ?? told).Task;
    }

    private async Task WaitAsync(Task told, TimeSpan longest, CancellationToken cancellationToken)
    {
        await told.WaitAsync(longest, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static System.Net.EndPoint? EndPointOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (SocketException)
        {
            // The client has left already.
            return null;
        }
    }
}
