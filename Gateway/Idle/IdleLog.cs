namespace Gateway.Idle;

internal static partial class IdleLog
{
    [LoggerMessage(6001, LogLevel.Information, "{Function} rests {Reason}", EventName = "RestDecided")]
    public static partial void Decided(ILogger logger, string function, string reason);

    [LoggerMessage(6002, LogLevel.Warning, "{Path} cannot be read and will be replaced; wake times are measured again: {Reason}", EventName = "StateDamaged")]
    public static partial void Damaged(ILogger logger, string path, string reason);

    [LoggerMessage(6003, LogLevel.Warning, "{Path} cannot be written: {Reason} Wake times are measured again after a restart. Set Gateway:State:Path to a place that can be, or to \"\".", EventName = "StateNotWritten")]
    public static partial void NotWritten(ILogger logger, string path, string reason);

    [LoggerMessage(6004, LogLevel.Debug, "{Path}: loaded the measurements of {Functions} functions.", EventName = "StateLoaded")]
    public static partial void Loaded(ILogger logger, string path, int functions);

    [LoggerMessage(6005, LogLevel.Warning, "The functions' instances use {Used} of {Budget} (Gateway:Memory:Budget): the {Count} that are least likely to be used rest deeper.", EventName = "MemoryShort")]
    public static partial void MemoryShort(ILogger logger, string used, string budget, int count);

    [LoggerMessage(6006, LogLevel.Warning, "{Function}: the veto {Veto} could not be asked, so it keeps nothing awake: {Reason}", EventName = "VetoFailed")]
    public static partial void VetoFailed(ILogger logger, string function, string veto, string reason);
}
