using Gateway.Model;
using Gateway.Telemetry;
namespace Gateway.Listening;

/// <summary>
/// Tells metrics and log of connections that were closed or refused, because there were too many or they are not what they have to be. Of each kind the first
/// one is logged at once, and of those that follow soon how many they were.
/// </summary>
internal sealed class ConnectionReports(ConnectionMetrics metrics, TimeProvider time, ILogger<ConnectionReports> logger) : IDisposable
{
    // The kinds are constants, of which there are few.
    private readonly RepeatedLines<(string What, ConnectionCause? Cause)> _lines = new(
        time, int.MaxValue, (kind, more, _) => ListeningLog.More(logger, more, kind.Cause is { } cause ? $"{kind.What} ({cause})" : kind.What, RepeatedLines<(string, ConnectionCause?)>.Window.TotalSeconds));

    /// <summary>An idle connection was closed.</summary>
    public void Closed(ConnectionCause cause, ClientGroup client)
    {
        metrics.Closed(cause);
        if (IsFirst("idle connections were closed", cause))
        {
            ListeningLog.Closed(logger, client.ToString(), cause);
        }
    }

    /// <summary>A new connection was refused.</summary>
    public void Refused(ConnectionCause cause, ClientGroup client)
    {
        metrics.Refused(cause);
        if (IsFirst("connections were refused", cause))
        {
            ListeningLog.Refused(logger, client.ToString(), cause);
        }
    }

    /// <summary>The system did not let a connection be accepted, for want of a resource.</summary>
    public void NotAccepted(string endpoint, string reason)
    {
        if (IsFirst("accepts failed", cause: null))
        {
            ListeningLog.NotAccepted(logger, endpoint, reason);
        }
    }

    /// <summary>A connection did not begin with the PROXY header that its source has to send.</summary>
    public void NoProxyHeader(string client, string reason)
    {
        if (IsFirst("connections without a PROXY header were closed", cause: null))
        {
            ListeningLog.NoProxyHeader(logger, client, reason);
        }
    }

    public void Dispose() => _lines.Dispose();

    private bool IsFirst(string what, ConnectionCause? cause) => _lines.IsFirst((what, cause), (what, cause));
}
