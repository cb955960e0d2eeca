namespace Gateway.Restart;

internal static partial class RestartLog
{
    [LoggerMessage(7001, LogLevel.Information, "Takes over from the gateway before this one: {Sockets} listening sockets.", EventName = "TakesOver")]
    public static partial void TakesOver(ILogger logger, int sockets);

    [LoggerMessage(7002, LogLevel.Information, "Process {Process} takes over: it listens, and this gateway ends when its requests are answered.", EventName = "HandedOver")]
    public static partial void HandedOver(ILogger logger, int process);

    [LoggerMessage(7003, LogLevel.Warning, "Process {Process} wanted to take over and did not get to listen ({Reason}); this gateway goes on.", EventName = "NotTakenOver")]
    public static partial void NotTakenOver(ILogger logger, int process, string reason);

    [LoggerMessage(7004, LogLevel.Information, "The next gateway has {Keep} to start: until then {Sockets} listening sockets are kept by process {Process}.", EventName = "Kept")]
    public static partial void Kept(ILogger logger, TimeSpan keep, int sockets, int process);

    [LoggerMessage(7005, LogLevel.Warning, "Nothing can be kept for the next gateway: {Reason}", EventName = "NotKept")]
    public static partial void NotKept(ILogger logger, string reason);

    [LoggerMessage(7006, LogLevel.Warning, "The next gateway cannot take over from this one without a gap: another program has the name {Name}.", EventName = "NotHeard")]
    public static partial void NotHeard(ILogger logger, string name);

    [LoggerMessage(7007, LogLevel.Information, "Sockets of the gateway before this one that nothing is configured for are closed: {Names}.", EventName = "SocketsClosed")]
    public static partial void SocketsClosed(ILogger logger, string names);

    [LoggerMessage(7008, LogLevel.Information, "The service manager is given {Sockets} listening sockets for the next start.", EventName = "Stored")]
    public static partial void Stored(ILogger logger, int sockets);
}
