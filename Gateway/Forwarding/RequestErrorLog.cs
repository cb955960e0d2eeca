namespace Gateway.Forwarding;

/// <summary>Log messages about failures of single requests, with event ids 4101 to 4105.</summary>
internal static partial class RequestErrorLog
{
    [LoggerMessage(4101, LogLevel.Error, "{Where}: request {RequestId} was answered 500: {Error}", EventName = "RequestFailed")]
    public static partial void Unhandled(ILogger logger, string where, string requestId, string error);

    [LoggerMessage(4102, LogLevel.Warning, "{Where}: {Count} more such failures in {Seconds} s; the last: {Error}", EventName = "RequestsFailed")]
    public static partial void More(ILogger logger, string where, int count, double seconds, string error);

    [LoggerMessage(4103, LogLevel.Debug, "Details of the failure:", EventName = "RequestFailedDetails")]
    public static partial void Details(ILogger logger, Exception error);

    [LoggerMessage(4104, LogLevel.Debug, "{Where}: request {RequestId}, which is malformed, was answered {Status}: {Error}", EventName = "MalformedRequest")]
    public static partial void Malformed(ILogger logger, string where, string requestId, int status, string error);

    [LoggerMessage(4105, LogLevel.Debug, "{Where}: the gateway answered request {RequestId} {Status} itself: {Reason}.", EventName = "OwnAnswer")]
    public static partial void OwnAnswer(ILogger logger, string where, string requestId, int status, string reason);
}
