namespace Gateway.Admin;

internal static partial class AdminLog
{
    [LoggerMessage(4301, LogLevel.Information, "The admin endpoint's token has changed: '{File}' was read again.", EventName = "AdminTokenChanged")]
    public static partial void TokenChanged(ILogger logger, string file);

    [LoggerMessage(4302, LogLevel.Error, "Gateway:Admin:TokenFile: '{File}' {Reason}. The token before stays in use.", EventName = "AdminTokenUnusable")]
    public static partial void TokenUnusable(ILogger logger, string file, string reason);
}
