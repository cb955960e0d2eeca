namespace Gateway.Configuration;

/// <summary>The log messages of this room. They have the event ids 100 to 109.</summary>
internal static partial class ConfigurationLog
{
    [LoggerMessage(100, LogLevel.Error, "{Errors}\nThe last good configuration stays in use.", EventName = "ConfigurationRejected")]
    public static partial void Rejected(this ILogger logger, string errors);

    [LoggerMessage(101, LogLevel.Information, "The new configuration is in use: {Functions} functions.", EventName = "ConfigurationApplied")]
    public static partial void Applied(this ILogger logger, int functions);

    [LoggerMessage(102, LogLevel.Warning, "{Path}: {Warning}", EventName = "ConfigurationWarning")]
    public static partial void Warned(this ILogger logger, string path, string warning);

    [LoggerMessage(103, LogLevel.Error, "A new configuration could not be read; the last good one stays.", EventName = "ConfigurationReloadFailed")]
    public static partial void ReloadFailed(this ILogger logger, Exception exception);

    [LoggerMessage(107, LogLevel.Error, "A new configuration could not be put in use: {Reason} The last good one is in use again.", EventName = "ConfigurationReverted")]
    public static partial void NotPutInUse(this ILogger logger, string reason);

    [LoggerMessage(104, LogLevel.Error, "A part of the gateway failed to follow the new configuration.", EventName = "ConfigurationListenerFailed")]
    public static partial void ListenerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(105, LogLevel.Information, "The configuration is good again and says what is in use.", EventName = "ConfigurationGoodAgain")]
    public static partial void GoodAgain(this ILogger logger);

    [LoggerMessage(108, LogLevel.Error, "A container on {Runtime}, {Container}, is no function because of its labels, and nothing else changes: {Reason}", EventName = "LabelsRejected")]
    public static partial void LabelsRejected(this ILogger logger, string runtime, string container, string reason);

    [LoggerMessage(106, LogLevel.Warning, "{Path} has changed and is read at the start only: restart the gateway.", EventName = "ConfigurationNeedsRestart")]
    public static partial void NeedsRestart(this ILogger logger, string path);
}
