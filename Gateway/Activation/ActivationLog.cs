using Gateway.Activation.Trust;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>The log messages of this room.</summary>
internal static partial class ActivationLog
{
    [LoggerMessage(1001, LogLevel.Error, "{Function} could not be started: {Reason} Next try in {RetryAfter:0.0} s at the earliest.", EventName = "StartFailed")]
    public static partial void StartFailed(ILogger logger, string function, string reason, double retryAfter);

    [LoggerMessage(1002, LogLevel.Error, "{Function}: unexpected error while starting.", EventName = "UnexpectedStartError")]
    public static partial void UnexpectedStartError(ILogger logger, string function, Exception error);

    [LoggerMessage(1003, LogLevel.Information, "{Function}: {Instance} is at rest, {Tier}. {Reason}", EventName = "Rested")]
    public static partial void Rested(ILogger logger, string function, string instance, Tier tier, string reason);

    [LoggerMessage(1004, LogLevel.Warning, "{Function}: {Instance} could not be brought to rest: {Reason}", EventName = "StopFailed")]
    public static partial void StopFailed(ILogger logger, string function, string instance, string reason);

    [LoggerMessage(1005, LogLevel.Warning, "{Function}: {Instance} ended by itself: {Reason}", EventName = "Ended")]
    public static partial void Ended(ILogger logger, string function, string instance, string reason);

    [LoggerMessage(1006, LogLevel.Information, "{Function}: {Instance} was there already, {Tier}, and is taken over.", EventName = "Adopted")]
    public static partial void Adopted(ILogger logger, string function, string instance, Tier tier);

    [LoggerMessage(1007, LogLevel.Warning, "{Function}: {Instance} is stopped with {InFlight} requests in flight, which took too long to end.", EventName = "DrainCut")]
    public static partial void DrainCut(ILogger logger, string function, string instance, int inFlight);

    [LoggerMessage(1010, LogLevel.Warning, "{Function}: {Instance} could not be woken from {Tier} and is started anew: {Reason}", EventName = "NotWoken")]
    public static partial void NotWoken(ILogger logger, string function, string instance, Tier tier, string reason);

    [LoggerMessage(1011, LogLevel.Warning, "{Function} could not be made ready ahead: {Reason}", EventName = "NotAhead")]
    public static partial void NotAhead(ILogger logger, string function, string reason);

    [LoggerMessage(1012, LogLevel.Warning, "{Function}: {Instance} answers, but keeps what it was given for its start: {Reason}", EventName = "NotSettled")]
    public static partial void NotSettled(ILogger logger, string function, string instance, string reason);

    [LoggerMessage(1013, LogLevel.Warning, "{Function}: {Instance} takes no connections, so it gets no requests until it does: {Reason}", EventName = "Doubted")]
    public static partial void Doubted(ILogger logger, string function, string instance, string reason);

    [LoggerMessage(1015, LogLevel.Information, "{Function}: {Instance} is busy and goes on running: {Reason}.", EventName = "StaysBusy")]
    public static partial void StaysBusy(ILogger logger, string function, string instance, string reason);

    [LoggerMessage(1020, LogLevel.Information, "{Function}: port {Port} is still an instance's that is on its way out; the start waits for its end.", EventName = "PortBusy")]
    public static partial void PortBusy(ILogger logger, string function, int port);

    [LoggerMessage(1040, LogLevel.Warning, "{Scope} {Name}: the earliest signal that wakes is {Signal} for now.", EventName = "TrustStep")]
    public static partial void TrustStep(ILogger logger, TrustScope scope, string name, SignalKind signal);

    [LoggerMessage(1041, LogLevel.Information, "{Scope} {Name}: a SYN wakes again.", EventName = "Trusted")]
    public static partial void Trusted(ILogger logger, TrustScope scope, string name);

    [LoggerMessage(1042, LogLevel.Warning, "Which signals wake has changed for {Count} more functions or groups of sources.", EventName = "MoreTrustSteps")]
    public static partial void MoreTrustSteps(ILogger logger, int count);

    [LoggerMessage(1043, LogLevel.Warning, "{Count} more instances could not be brought to rest.", EventName = "MoreStopFailed")]
    public static partial void MoreStopFailed(ILogger logger, int count);

    [LoggerMessage(1050, LogLevel.Information, "{Function}: its instances go from {Before} to {Wanted}. {Reason}", EventName = "Scaled")]
    public static partial void Scaled(ILogger logger, string function, int before, int wanted, string reason);

    [LoggerMessage(1051, LogLevel.Information, "How many instances there are to be has changed {Count} more times.", EventName = "MoreScaled")]
    public static partial void MoreScaled(ILogger logger, int count);

    [LoggerMessage(1014, LogLevel.Error, "{Function}: {Effect} could not be done.", EventName = "NotDone")]
    public static partial void NotDone(ILogger logger, string function, string effect, Exception error);

    [LoggerMessage(1009, LogLevel.Error, "{Function}: {Observer} could not follow a change.", EventName = "NotTold")]
    public static partial void NotTold(ILogger logger, string function, string observer, Exception error);

    [LoggerMessage(1008, LogLevel.Error, "{Reason}", EventName = "PrepareFailed")]
    public static partial void PrepareFailed(ILogger logger, string reason);
}
