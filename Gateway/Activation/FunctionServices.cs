using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>What a function works with, one object for all of them.</summary>
public sealed record FunctionServices(
    TimeProvider Time,
    StartBudget Budget,
    IReadOnlyDictionary<RuntimeKind, IRuntime> Runtimes,
    IReadiness Readiness,
    GatewayMetrics Metrics,
    ColdStartLog ColdStarts,
    ILogger Logger)
{
    /// <summary>Who hears of instances and of rest; set once, before the first function.</summary>
    public IReadOnlyList<IFunctionObserver> Observers { get; set; } = [];

    /// <summary>A cold start's end, told once in all three places: log line, JSON and histogram.</summary>
    public void Report(ColdStart cold, ColdStartOutcome outcome)
    {
        if (cold.TryComplete(outcome))
        {
            ColdStarts.Add(cold);
            Metrics.ColdStart(cold);
            TelemetryLog.ColdStart(Logger, ColdStartView.Of(cold));
        }
    }
}
