namespace Gateway.Listening;

internal static partial class ListeningLog
{
    [LoggerMessage(4201, LogLevel.Information,
        "At most {Connections} connections of clients, {PerClient} of one: {Descriptors} files may be open, {Kept} of them are kept for functions, engines and the admin endpoint, and a connection may need another one to its function.",
        EventName = "ConnectionBounds")]
    public static partial void Bounds(ILogger logger, int connections, int perClient, int descriptors, int kept);

    [LoggerMessage(4202, LogLevel.Warning, "Gateway:Limits:Connections is {Connections}, and the {Descriptors} files that may be open allow {Allowed}; raise the limit (ulimit -n, LimitNOFILE=).", EventName = "ConnectionsOverDescriptors")]
    public static partial void OverDescriptors(ILogger logger, int connections, int descriptors, int allowed);

    [LoggerMessage(4203, LogLevel.Warning, "An idle connection of {Client} was closed for a new one ({Cause}).", EventName = "ConnectionClosed")]
    public static partial void Closed(ILogger logger, string client, ConnectionCause cause);

    [LoggerMessage(4204, LogLevel.Warning, "A connection of {Client} was refused, because no idle one could be closed for it ({Cause}).", EventName = "ConnectionRefused")]
    public static partial void Refused(ILogger logger, string client, ConnectionCause cause);

    [LoggerMessage(4205, LogLevel.Warning, "{Count} more {What} in {Seconds} s.", EventName = "MoreConnections")]
    public static partial void More(ILogger logger, int count, string what, double seconds);

    [LoggerMessage(4211, LogLevel.Warning, "A connection from {Client} was closed: it has to begin with a header of the PROXY protocol (Gateway:ProxyProtocol:From), and {Reason}.", EventName = "ProxyHeaderRefused")]
    public static partial void NoProxyHeader(ILogger logger, string client, string reason);

    [LoggerMessage(4206, LogLevel.Error, "No connection can be accepted at {Endpoint}: {Reason}. Idle ones are closed, and it is tried again.", EventName = "AcceptFailed")]
    public static partial void NotAccepted(ILogger logger, string endpoint, string reason);
}
