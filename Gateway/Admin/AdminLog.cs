namespace Gateway.Admin;

internal static partial class AdminLog
{
    [LoggerMessage(4301, LogLevel.Information, "The admin endpoint's token has changed: '{File}' was read again.", EventName = "AdminTokenChanged")]
    public static partial void TokenChanged(ILogger logger, string file);

    [LoggerMessage(4302, LogLevel.Error, "Gateway:Admin:TokenFile: '{File}' {Reason}. The token before stays in use.", EventName = "AdminTokenUnusable")]
    public static partial void TokenUnusable(ILogger logger, string file, string reason);

    [LoggerMessage(4310, LogLevel.Warning, "The webhook {Hook} did not take {Type} of {Function}, {Attempts} attempts in all: {Error}. Those that follow are sent too, and counted by gateway_webhook_deliveries_total.", EventName = "WebhookFailed")]
    public static partial void WebhookFailed(ILogger logger, string hook, string type, string function, int attempts, string error);

    [LoggerMessage(4311, LogLevel.Information, "The webhook {Hook} takes events again.", EventName = "WebhookTakenAgain")]
    public static partial void WebhookTakenAgain(ILogger logger, string hook);

    [LoggerMessage(4312, LogLevel.Warning, "{Most} events wait for the webhook {Hook}, which does not take them fast enough; for each new one the oldest is dropped.", EventName = "WebhookDropping")]
    public static partial void WebhookDropping(ILogger logger, string hook, int most);

    [LoggerMessage(4313, LogLevel.Warning, "The webhook {Hook} answered 410 (Gone) and is sent nothing more, until its configuration changes or the gateway is started again.", EventName = "WebhookGone")]
    public static partial void WebhookGone(ILogger logger, string hook);
}
