namespace Gateway.Forwarding.Bytes;

internal static partial class BytesLog
{
    [LoggerMessage(4015, LogLevel.Warning, "{Function}: a connection could not be passed on: {Reason}", EventName = "ConnectionNotServed")]
    public static partial void NotServed(ILogger logger, string function, string reason);
}
