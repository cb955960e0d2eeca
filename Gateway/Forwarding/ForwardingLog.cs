namespace Gateway.Forwarding;

internal static partial class ForwardingLog
{
    [LoggerMessage(4010, LogLevel.Warning, "{Cluster}: a request was not answered within its route's time limit.", EventName = "RequestTimedOut")]
    public static partial void TimedOut(ILogger logger, string cluster);

    [LoggerMessage(4011, LogLevel.Warning, "{Cluster}: a request was not answered well ({Error}): {Reason}", EventName = "ForwardingFailed")]
    public static partial void Failed(ILogger logger, string cluster, Yarp.ReverseProxy.Forwarder.ForwarderError error, string reason);

    [LoggerMessage(4012, LogLevel.Debug, "{Cluster}: a request is sent again: {Reason}", EventName = "SentAgain")]
    public static partial void SentAgain(ILogger logger, string cluster, string reason);

    [LoggerMessage(4013, LogLevel.Debug, "{Cluster}: a client broke off or sent a malformed body ({Error}): {Reason}", EventName = "ClientFailed")]
    public static partial void ClientFailed(ILogger logger, string cluster, Yarp.ReverseProxy.Forwarder.ForwarderError error, string reason);
}
