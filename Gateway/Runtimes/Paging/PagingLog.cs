namespace Gateway.Runtimes.Paging;

/// <summary>The log messages of what pushes memory out, with event ids from 3200.</summary>
internal static partial class PagingLog
{
    [LoggerMessage(3200, LogLevel.Warning, "Function {Function} has no tier PagedOut, and goes on without: {Reason}", EventName = "NotPagedOut")]
    public static partial void NotPagedOut(ILogger logger, string function, string reason);

    [LoggerMessage(3201, LogLevel.Warning, "Function {Function} is not paged out any more, until its configuration changes or the gateway is started again: {Reason}", EventName = "PageOutRefused")]
    public static partial void Refused(ILogger logger, string function, string reason);
}
