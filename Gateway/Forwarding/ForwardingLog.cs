namespace Gateway.Forwarding;

internal static partial class ForwardingLog
{
    [LoggerMessage(4010, LogLevel.Warning, "{Cluster}: request {RequestId} was not answered within its route's time limit.", EventName = "RequestTimedOut")]
    public static partial void TimedOut(ILogger logger, string cluster, string requestId);

    [LoggerMessage(4011, LogLevel.Warning, "{Cluster}: request {RequestId} was not answered well ({Error}): {Reason}", EventName = "ForwardingFailed")]
    public static partial void Failed(ILogger logger, string cluster, string requestId, Yarp.ReverseProxy.Forwarder.ForwarderError error, string reason);

    [LoggerMessage(4014, LogLevel.Warning, "{Function}: its answer's Headstart-Keep-Awake is '{Value}', which is no number of seconds from 0 to {Longest}, and is not heeded.", EventName = "BadKeepAwake")]
    public static partial void BadKeepAwake(ILogger logger, string function, string value, int longest);

    [LoggerMessage(4012, LogLevel.Debug, "{Cluster}: request {RequestId} is sent again: {Reason}", EventName = "SentAgain")]
    public static partial void SentAgain(ILogger logger, string cluster, string requestId, string reason);

    [LoggerMessage(4013, LogLevel.Debug, "{Cluster}: the client of request {RequestId} broke off or sent a malformed body ({Error}): {Reason}", EventName = "ClientFailed")]
    public static partial void ClientFailed(ILogger logger, string cluster, string requestId, Yarp.ReverseProxy.Forwarder.ForwarderError error, string reason);
}
