namespace Gateway;

internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Information, "Ready: {Functions} functions; admin endpoint at {Admin}.", EventName = "Ready")]
    public static partial void Ready(ILogger logger, int functions, Uri admin);
}
