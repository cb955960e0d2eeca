namespace Gateway.WarmUp;

internal static partial class WarmUpLog
{
    [LoggerMessage(4001, LogLevel.Debug, "Warmed up in {Milliseconds:0} ms.", EventName = "Warm")]
    public static partial void Warm(ILogger logger, double milliseconds);

    [LoggerMessage(4002, LogLevel.Warning, "The warm-up failed ({Reason}); the first requests will be slower.", EventName = "NotWarm")]
    public static partial void NotWarm(ILogger logger, string reason);
}
