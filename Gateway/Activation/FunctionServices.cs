using Gateway.Activation.Bonds;
using Gateway.Activation.Scaling;
using Gateway.Activation.Trust;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Holds the services that functions use. All functions share one object.</summary>
internal sealed record FunctionServices(
    TimeProvider Time,
    StartBudget Budget,
    IReadOnlyDictionary<string, IRuntime> Runtimes,
    IReadiness Readiness,
    GatewayMetrics Metrics,
    ColdStartLog ColdStarts,
    ILogger Logger)
{
    /// <summary>Gets the policy that decides where functions with <c>Idle:Tier</c> <c>Auto</c> rest.</summary>
    public IRestPolicy Rest { get; init; } = new StoppedAfterIdle();

    /// <summary>Gets what asks whether instances are busy. By default none is.</summary>
    public IVetoes Vetoes { get; init; } = new NoVetoes();

    /// <summary>Gets the scaler that decides how many instances a function's load is worth.</summary>
    public IScaler Scaler { get; init; } = new ConcurrencyScaler();

    /// <summary>Gets what decides which signals are trusted. By default all are.</summary>
    public TrustJudge Trust { get; init; } = TrustJudge.Off(Time, Metrics, Logger);

    /// <summary>Gets the limit of lines about instances that could not be brought to rest: while an engine is away, none can.</summary>
    public LogAllowance RestFailures { get; } = new(Time);

    /// <summary>Gets the limit of lines about how many instances there should be.</summary>
    public LogAllowance ScaleLines { get; } = new(Time);

    /// <summary>Gets what the gateway before this one still uses of the instances that were taken over from it, or null if that cannot be.</summary>
    public IUsage? Before { get; init; }

    /// <summary>Gets the ports that functions have by configuration.</summary>
    public FixedPorts Ports { get; } = new();

    /// <summary>Gets what keeps functions from running at the same time that exclude each other.</summary>
    public Exclusions Exclusions { get; } = new(Time);

    /// <summary>Gets or sets the observers of all functions. It is set once, before the first function is made.</summary>
    public IReadOnlyList<IFunctionObserver> Observers { get; set; } = [];

    /// <summary>Reports the end of a cold start once, to the log, the JSON and the histogram. Later calls for the same cold start do nothing.</summary>
    public void Report(FunctionTrust function, ColdStart cold, ColdStartOutcome outcome)
    {
        if (cold.TryComplete(outcome))
        {
            if (outcome != ColdStartOutcome.Failed)
            {
                // A request may have come and gone before its answer.
                var isWasted = outcome == ColdStartOutcome.Wasted && cold.Request == 0;
                Trust.Note(function, cold.Signal, isWasted);
                if (isWasted && cold.Signal.Kind != SignalKind.Request)
                {
                    Budget.NoteWasted(cold.Signal);
                }
            }

            ColdStarts.Add(cold);
            Metrics.ColdStart(cold);
            if (outcome == ColdStartOutcome.Served && cold.Window is { } window)
            {
                Rest.NoteWindow(cold.Function, cold.Signal.Kind, window);
            }

            TelemetryLog.ColdStart(Logger, ColdStartView.Of(cold));
        }
    }

    private sealed class NoVetoes : IVetoes
    {
        public Task<VetoAnswer?> AskAsync(Function function, FunctionInstance instance) => Task.FromResult<VetoAnswer?>(null);
    }
}
