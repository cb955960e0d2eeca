using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>What a function works with, one object for all of them.</summary>
internal sealed record FunctionServices(
    TimeProvider Time,
    StartBudget Budget,
    IReadOnlyDictionary<string, IRuntime> Runtimes,
    IReadiness Readiness,
    GatewayMetrics Metrics,
    ColdStartLog ColdStarts,
    ILogger Logger)
{
    /// <summary>Where functions with <c>Idle:Tier</c> <c>Auto</c> rest.</summary>
    public IRestPolicy Rest { get; init; } = new StoppedAfterIdle();

    /// <summary>How many instances a function's load is worth.</summary>
    public IScaler Scaler { get; init; } = new ConcurrencyScaler();

    /// <summary>The ports that functions have by configuration.</summary>
    public FixedPorts Ports { get; } = new();

    /// <summary>Who hears of instances and of rest; set once, before the first function.</summary>
    public IReadOnlyList<IFunctionObserver> Observers { get; set; } = [];

    /// <summary>A cold start's end, told once in all three places: log line, JSON and histogram.</summary>
    public void Report(ColdStart cold, ColdStartOutcome outcome)
    {
        if (cold.TryComplete(outcome))
        {
            ColdStarts.Add(cold);
            Metrics.ColdStart(cold);
            if (outcome == ColdStartOutcome.Served && cold.Window is { } window)
            {
                Rest.NoteWindow(cold.Function, cold.Signal.Kind, window);
            }

            TelemetryLog.ColdStart(Logger, ColdStartView.Of(cold));
        }
    }
}
