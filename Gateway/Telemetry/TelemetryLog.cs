namespace Gateway.Telemetry;

internal static partial class TelemetryLog
{
    public static void ColdStart(ILogger logger, ColdStartView cold)
    {
        var phases = cold.Phases;
        ColdStart(
            logger, cold.Function, cold.Outcome, cold.Tier, cold.Signal, cold.Instance,
            phases.Wake, phases.Started, phases.Listening, phases.Ready, phases.Request, phases.FirstByte, cold.Hidden, cold.Penalty, cold.Rtt);
    }

    [LoggerMessage(2001, LogLevel.Information, "Cold start of {Function}: {Outcome}, from {Tier} by {Signal} ({Instance}); us after the signal: wake {Wake}, started {Started}, listening {Listening}, ready {Ready}, request {Request}, first byte {FirstByte}; hidden {Hidden}, penalty {Penalty}; round trip {Rtt}.", EventName = "ColdStart")]
    private static partial void ColdStart(
        ILogger logger, string function, string outcome, string tier, string signal, string instance,
        long? wake, long? started, long? listening, long? ready, long? request, long? firstByte, long hidden, long penalty, long? rtt);

    [LoggerMessage(2002, LogLevel.Error, "The access log {Path} cannot be written, and requests are not in it until it can: {Error}", EventName = "AccessLogFailed")]
    public static partial void AccessLogFailed(ILogger logger, string path, string error);

    [LoggerMessage(2003, LogLevel.Warning, "The collector at {Endpoint} did not take traces, which are lost: {Error}", EventName = "TracesLost")]
    public static partial void TracesLost(ILogger logger, CollectorAddress endpoint, string error);

    [LoggerMessage(2004, LogLevel.Warning, "The collector at {Endpoint} did not take traces {Count} more times.", EventName = "MoreTracesLost")]
    public static partial void MoreTracesLost(ILogger logger, CollectorAddress endpoint, int count);

    [LoggerMessage(2005, LogLevel.Warning, "The collector at {Endpoint} did not take metrics: {Error}. It is sent whole numbers again every {Every}, so none is lost once it takes them.", EventName = "MetricsNotTaken")]
    public static partial void MetricsNotTaken(ILogger logger, CollectorAddress endpoint, string error, TimeSpan every);

    [LoggerMessage(2006, LogLevel.Information, "The collector at {Endpoint} takes metrics again.", EventName = "MetricsTakenAgain")]
    public static partial void MetricsTakenAgain(ILogger logger, CollectorAddress endpoint);

    [LoggerMessage(2007, LogLevel.Warning, "The collector at {Endpoint} did not take the last metrics before the end of the gateway: {Error}.", EventName = "LastMetricsLost")]
    public static partial void LastMetricsLost(ILogger logger, CollectorAddress endpoint, string error);
}
