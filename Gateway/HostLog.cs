namespace Gateway;

internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Information, "Ready: {Functions} functions; admin endpoint at {Admin}.", EventName = "Ready")]
    public static partial void Ready(ILogger logger, int functions, Uri admin);

    [LoggerMessage(3, LogLevel.Error, "A new configuration is only partly in use: {Reason}", EventName = "NotFollowed")]
    public static partial void NotFollowed(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Debug, "Every part follows the new configuration: {Functions} functions.", EventName = "Followed")]
    public static partial void Followed(ILogger logger, int functions);

    [LoggerMessage(5, LogLevel.Error, "{Sentence} The one before stays in use.", EventName = "CertificateUnusable")]
    public static partial void CertificateUnusable(ILogger logger, string sentence);

    [LoggerMessage(6, LogLevel.Information, "Every certificate can be used again.", EventName = "CertificateGoodAgain")]
    public static partial void CertificateGoodAgain(ILogger logger);

    [LoggerMessage(2, LogLevel.Error, "{Sentence}", EventName = "AddressTaken")]
    public static partial void AddressTaken(ILogger logger, string sentence);

    [LoggerMessage(7009, LogLevel.Information, "SIGHUP: the configuration was read again; {Outcome}.", EventName = "ReadAgain")]
    public static partial void ReadAgain(ILogger logger, string outcome);

    [LoggerMessage(7010, LogLevel.Error, "SIGHUP: the configuration was not read again to the end. Send the signal again; if that fails too, restart the gateway.", EventName = "NotReadAgain")]
    public static partial void NotReadAgain(ILogger logger, Exception error);
}
