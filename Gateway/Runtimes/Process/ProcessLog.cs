namespace Gateway.Runtimes.Process;

/// <summary>The log messages of the runtime for processes, with event ids from 3001.</summary>
internal static partial class ProcessLog
{
    [LoggerMessage(3001, LogLevel.Information, "Processes are kept in process groups: no cgroup can be made below {Root} ({Reason}).", EventName = "NoCgroups")]
    public static partial void NoCgroups(ILogger logger, string root, string reason);

    [LoggerMessage(3002, LogLevel.Debug, "{Instance}: {Line}", EventName = "Output")]
    public static partial void Output(ILogger logger, string instance, string line);

    [LoggerMessage(3003, LogLevel.Warning, "Functions of the Process runtime keep the gateway's supplementary groups ({Groups}), because it lacks CAP_SETGID to give them up.", EventName = "GroupsKept")]
    public static partial void GroupsKept(ILogger logger, string groups);

    [LoggerMessage(3004, LogLevel.Information, "{Instance} writes lines of more than {Most} characters; they are cut into pieces of that length.", EventName = "LongLine")]
    public static partial void LongLine(ILogger logger, string instance, int most);

    [LoggerMessage(3005, LogLevel.Information, "{Instance} ends and does not wait in the tier Initialized: {Reason}", EventName = "LauncherDoesNotWait")]
    public static partial void DoesNotWait(ILogger logger, string instance, string reason);
}
