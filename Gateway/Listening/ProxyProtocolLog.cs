namespace Gateway.Listening;

internal static partial class ProxyProtocolLog
{
    [LoggerMessage(4211, LogLevel.Warning, "A connection from {From} was closed: it has to begin with a header of the PROXY protocol (Gateway:ProxyProtocol:From), and {Reason}. {Count} such connections since the last such line.", EventName = "ProxyHeaderRefused")]
    public static partial void Refused(ILogger logger, string from, string reason, long count);
}
