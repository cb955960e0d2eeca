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
}
