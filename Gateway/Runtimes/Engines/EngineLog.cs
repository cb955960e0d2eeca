using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>The log messages of the runtimes on container engines, with event ids 3100 to 3199.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(3100, LogLevel.Warning, "The events of the engine at {Endpoint} broke off ({Reason}); connecting again", EventName = "EventsLost")]
    public static partial void EventsLost(ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(3101, LogLevel.Information, "The engine at {Endpoint} is back; looking at every container again", EventName = "EventsRegained")]
    public static partial void EventsRegained(ILogger logger, Uri endpoint);

    [LoggerMessage(3102, LogLevel.Information, "Function {Function}: adopted container {Container}, which runs already", EventName = "ContainerAdopted")]
    public static partial void Adopted(ILogger logger, string function, string container);

    [LoggerMessage(3103, LogLevel.Information, "Function {Function}: ended container {Container}, which was made from other options", EventName = "Outdated")]
    public static partial void Outdated(ILogger logger, string function, string container);

    [LoggerMessage(3104, LogLevel.Warning, "Function {Function}: container {Container} was removed by someone else; made another", EventName = "Replaced")]
    public static partial void Replaced(ILogger logger, string function, string container);

    [LoggerMessage(3106, LogLevel.Warning, "Function {Function}: someone else has made container {Container} {Found}; it is to be {Tier}, and is made so again", EventName = "Restored")]
    public static partial void Restored(ILogger logger, string function, string container, Tier found, Tier tier);

    [LoggerMessage(3110, LogLevel.Information, "Pulling image {Image}", EventName = "Pulling")]
    public static partial void Pulling(ILogger logger, string image);

    [LoggerMessage(3111, LogLevel.Information, "Image {Image} is being pulled: {Received} of {Known} so far", EventName = "PullGoesOn")]
    public static partial void PullGoesOn(ILogger logger, string image, string received, string known);

    [LoggerMessage(3112, LogLevel.Information, "Image {Image} is pulled, after {Seconds:0.0} s", EventName = "Pulled")]
    public static partial void Pulled(ILogger logger, string image, double seconds);

    [LoggerMessage(3113, LogLevel.Warning, "{Reason}; what the engine has of it is used", EventName = "NotRenewed")]
    public static partial void NotRenewed(ILogger logger, string reason);

    [LoggerMessage(3114, LogLevel.Information, "Function {Function}: {Image} stands for another image now; the next start uses it", EventName = "NewImage")]
    public static partial void NewImage(ILogger logger, string function, string image);

    [LoggerMessage(3115, LogLevel.Warning, "Function {Function}: the engine warns of its container: {Warning}", EventName = "Warned")]
    public static partial void Warned(ILogger logger, string function, string warning);

    [LoggerMessage(3120, LogLevel.Information, "Function {Function}: someone else has made container {Container} {Found}, which was {Tier}", EventName = "Moved")]
    public static partial void Moved(ILogger logger, string function, string container, Tier found, Tier tier);

    [LoggerMessage(3121, LogLevel.Information, "Container {Container} belongs to function {Function}, which is not configured on this engine any more; it is removed, its volumes stay", EventName = "Swept")]
    public static partial void Swept(ILogger logger, string function, string container);

    [LoggerMessage(3122, LogLevel.Warning, "Function {Function}: instance {Instance} runs and is not wanted (Scale:Max); it is stopped", EventName = "Unwanted")]
    public static partial void Unwanted(ILogger logger, string function, string instance);

    [LoggerMessage(3123, LogLevel.Warning, "Function {Function} has no tier Initialized, and goes on without: {Reason}", EventName = "NoGate")]
    public static partial void NoGate(ILogger logger, string function, string reason);

    [LoggerMessage(3124, LogLevel.Information, "Function {Function}: a container is stopped and does not wait in the tier Initialized: {Reason}", EventName = "DoesNotWait")]
    public static partial void DoesNotWait(ILogger logger, string function, string reason);

    [LoggerMessage(3125, LogLevel.Warning, "{Most} networks are kept, which is {Section}:KeptNetworks; function {Function} goes on without one, and so do further ones", EventName = "NetworksFull")]
    public static partial void NetworksFull(ILogger logger, int most, string section, string function);

    [LoggerMessage(3126, LogLevel.Warning, "Function {Function} and its kept network: {What}", EventName = "NetworkNotKept")]
    public static partial void NetworkNotKept(ILogger logger, string function, string what);

    [LoggerMessage(3127, LogLevel.Warning, "Function {Function}: of its container {Container}, {Notice}", EventName = "ContainerNotice")]
    public static partial void Noticed(ILogger logger, string function, string container, string notice);

    [LoggerMessage(3105, LogLevel.Warning, "{Work} failed: {Reason}", EventName = "WorkFailed")]
    public static partial void WorkFailed(ILogger logger, string work, string reason);
}
