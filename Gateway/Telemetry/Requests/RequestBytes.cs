using Prometheus;

namespace Gateway.Telemetry.Requests;

/// <summary>Adds up the bytes of the connections to the instances of one name. Nothing is added up before somebody collects, so that requests do not pay for it.</summary>
internal sealed class RequestBytes(string name, RequestSeries series)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ConnectionBytes> _open = [];
    private long _sent;
    private long _received;
    private Counter.Child? _requests;
    private Counter.Child? _responses;
    private bool _isClosed;

    /// <summary>Begins the count of a connection, which ends when it is disposed of.</summary>
    public ConnectionBytes Open()
    {
        var connection = new ConnectionBytes(this);
        lock (_gate)
        {
            _open.Add(connection);
        }

        return connection;
    }

    /// <summary>Ends the count of a connection.</summary>
    public void Close(ConnectionBytes connection)
    {
        lock (_gate)
        {
            if (_open.Remove(connection))
            {
                _sent += connection.Sent;
                _received += connection.Received;
            }
        }
    }

    /// <summary>Brings the series up to now. A name that nothing was sent to has none.</summary>
    public void Publish()
    {
        lock (_gate)
        {
            var (sent, received) = (_sent, _received);
            foreach (var connection in _open)
            {
                sent += connection.Sent;
                received += connection.Received;
            }

            if (sent + received > 0 && !_isClosed)
            {
                (_requests ??= series.RequestBytes.WithLabels(name)).IncTo(sent);
                (_responses ??= series.ResponseBytes.WithLabels(name)).IncTo(received);
            }
        }
    }

    /// <summary>Drops the series, after which none is made again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            series.RequestBytes.RemoveLabelled(name);
            series.ResponseBytes.RemoveLabelled(name);
        }
    }
}
