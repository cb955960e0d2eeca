using Gateway.Configuration;
using Microsoft.Extensions.Logging;

namespace Gateway.Runtimes.Engines;

/// <summary>What the runtimes on container engines tell the operator. Event ids 3100 to 3199.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(3100, LogLevel.Warning, "The events of the engine at {Endpoint} broke off ({Reason}); connecting again")]
    public static partial void EventsLost(ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(3101, LogLevel.Information, "The engine at {Endpoint} is back; looking at every container again")]
    public static partial void EventsRegained(ILogger logger, Uri endpoint);

    [LoggerMessage(3102, LogLevel.Information, "Function {Function}: adopted container {Container}, which runs already")]
    public static partial void Adopted(ILogger logger, string function, string container);

    [LoggerMessage(3103, LogLevel.Information, "Function {Function}: ended container {Container}, which was made from other options")]
    public static partial void Outdated(ILogger logger, string function, string container);

    [LoggerMessage(3104, LogLevel.Warning, "Function {Function}: container {Container} was removed by someone else; made another")]
    public static partial void Replaced(ILogger logger, string function, string container);

    [LoggerMessage(3106, LogLevel.Warning, "Function {Function}: someone else has made container {Container} {Found}; it is to be {Tier}, and is made so again")]
    public static partial void Restored(ILogger logger, string function, string container, Tier found, Tier tier);

    [LoggerMessage(3105, LogLevel.Warning, "{Work} failed: {Reason}")]
    public static partial void WorkFailed(ILogger logger, string work, string reason);
}
