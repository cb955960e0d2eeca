namespace Gateway.Forwarding.Async;

/// <summary>What the log says of requests whose clients do not wait.</summary>
internal static partial class AsyncLog
{
    [LoggerMessage(4020, LogLevel.Error, "{Function}: requests cannot be kept in '{Folder}' (Async:Folder): {Reason} Requests that are to be kept are answered 503.", EventName = "AsyncFolderFailed")]
    public static partial void FolderFailed(ILogger logger, string function, string folder, string reason);

    [LoggerMessage(4021, LogLevel.Information, "{Function}: {Requests} kept requests and {Answers} answers were found in '{Folder}'.", EventName = "AsyncFound")]
    public static partial void Found(ILogger logger, string function, int requests, int answers, string folder);

    [LoggerMessage(4026, LogLevel.Error, "{Function}: a request could not be kept, and was answered 503: {Reason}", EventName = "AsyncNotKept")]
    public static partial void NotKept(ILogger logger, string function, string reason);

    [LoggerMessage(4027, LogLevel.Error, "{Function}: the answer to the kept request {Id} could not be written and is kept in the memory; a gateway that is started anew sends the request again: {Reason}", EventName = "AsyncNotWritten")]
    public static partial void NotWritten(ILogger logger, string function, string id, string reason);

    [LoggerMessage(4022, LogLevel.Warning, "{Function}: the kept file '{File}' is damaged and is left where it is: {Reason}", EventName = "AsyncDamaged")]
    public static partial void Damaged(ILogger logger, string function, string file, string reason);

    [LoggerMessage(4023, LogLevel.Warning, "{Function}: the answer to the kept request {Id} could not be posted to {Host}: {Reason}. It can still be fetched.", EventName = "AsyncCallbackFailed")]
    public static partial void CallbackFailed(ILogger logger, string function, string id, string host, string reason);

    [LoggerMessage(4024, LogLevel.Warning, "{Function}: the kept request {Id} was given up: {Reason}", EventName = "AsyncGivenUp")]
    public static partial void GivenUp(ILogger logger, string function, string id, string reason);

    [LoggerMessage(4025, LogLevel.Error, "{Function}: the kept request {Id} was not handled to its end.", EventName = "AsyncFault")]
    public static partial void Fault(ILogger logger, Exception error, string function, string id);
}
