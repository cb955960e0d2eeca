namespace Gateway.Listening;

/// <summary>
/// Tells metrics and log of connections that were closed or refused, because there were too many or they are not what they have to be. Of each kind the first
/// one is logged at once, and how many followed when <see cref="Window"/> has passed.
/// </summary>
internal sealed class ConnectionReports(ConnectionMetrics metrics, TimeProvider time, ILogger<ConnectionReports> logger) : IDisposable
{
    /// <summary>The time in which connections of a kind are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Kind[] _closed = [.. Enum.GetValues<ConnectionCause>().Select(static cause => new Kind($"idle connections were closed ({cause})"))];
    private readonly Kind[] _refused = [.. Enum.GetValues<ConnectionCause>().Select(static cause => new Kind($"connections were refused ({cause})"))];
    private readonly Kind _notAccepted = new("accepts failed");
    private readonly Kind _noProxyHeader = new("connections without a PROXY header were closed");

    /// <summary>An idle connection was closed.</summary>
    public void Closed(ConnectionCause cause, ClientGroup client)
    {
        metrics.Closed(cause);
        if (IsFirst(_closed[(int)cause]))
        {
            ListeningLog.Closed(logger, client.ToString(), cause);
        }
    }

    /// <summary>A new connection was refused.</summary>
    public void Refused(ConnectionCause cause, ClientGroup client)
    {
        metrics.Refused(cause);
        if (IsFirst(_refused[(int)cause]))
        {
            ListeningLog.Refused(logger, client.ToString(), cause);
        }
    }

    /// <summary>The system did not let a connection be accepted, for want of a resource.</summary>
    public void NotAccepted(string endpoint, string reason)
    {
        if (IsFirst(_notAccepted))
        {
            ListeningLog.NotAccepted(logger, endpoint, reason);
        }
    }

    /// <summary>A connection did not begin with the PROXY header that its source has to send.</summary>
    public void NoProxyHeader(string client, string reason)
    {
        if (IsFirst(_noProxyHeader))
        {
            ListeningLog.NoProxyHeader(logger, client, reason);
        }
    }

    public void Dispose()
    {
        foreach (var kind in _closed.Concat(_refused).Append(_notAccepted).Append(_noProxyHeader))
        {
            Interlocked.Exchange(ref kind.Timer, null)?.Dispose();
        }
    }

    private bool IsFirst(Kind kind)
    {
        if (Interlocked.Increment(ref kind.Count) > 1)
        {
            return false;
        }

        kind.Timer = time.CreateTimer(state => End((Kind)state!), kind, Window, Timeout.InfiniteTimeSpan);
        return true;
    }

    private void End(Kind kind)
    {
        Interlocked.Exchange(ref kind.Timer, null)?.Dispose();
        if (Interlocked.Exchange(ref kind.Count, 0) - 1 is > 0 and var more)
        {
            ListeningLog.More(logger, more, kind.What, Window.TotalSeconds);
        }
    }

    private sealed class Kind(string what)
    {
        public int Count;
        public ITimer? Timer;

        public string What => what;
    }
}
