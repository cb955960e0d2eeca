using System.Runtime.InteropServices;
using Gateway.Model;
using Gateway.Telemetry.Requests;
using Prometheus;

namespace Gateway.Telemetry;

/// <summary>
/// The gateway's metrics; docs/operating.md explains those that operators watch. Labels hold only configured names and the names of enum members; nothing that a
/// client sends becomes a label. Each gateway has its own registry, so that several can live in one process.
/// </summary>
internal sealed class GatewayMetrics
{
    private static readonly string[] FunctionLabel = ["function"];

    // A cold start takes milliseconds for a process and seconds for a large container.
    private static readonly double[] StartBuckets =
        [.001, .002, .005, .01, .02, .03, .05, .075, .1, .15, .2, .3, .5, .75, 1, 2, 5, 10, 30];

    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Counter _signals;
    private readonly Counter _coldStarts;
    private readonly Counter _wasted;
    private readonly Histogram _phases;
    private readonly Histogram _hidden;
    private readonly Histogram _penalty;
    private readonly Histogram _hold;
    private readonly Gauge _held;
    private readonly Counter _holdRefused;
    private readonly Gauge _instances;
    private readonly Counter _restDecisions;
    private readonly Counter _vetoes;
    private readonly Counter _probes;
    private readonly Counter _expectedWakes;
    private readonly Gauge _memory;
    private readonly Gauge _scaleDesired;

    public GatewayMetrics(CollectorRegistry registry)
    {
        Registry = registry;
        Requests = new RequestMetrics(registry);
        var factory = Metrics.WithCustomRegistry(registry);
        _signals = factory.CreateCounter("gateway_signals_total", "Signals that a request for a function is coming, by what became of them.", ["function", "signal", "outcome"]);
        _coldStarts = factory.CreateCounter("gateway_cold_starts_total", "Cold starts, by the signal that began them and how they ended.", ["function", "signal", "tier", "outcome"]);
        _wasted = factory.CreateCounter("gateway_wasted_wakes_total", "Wakes that no request followed.", ["function", "signal"]);
        _phases = factory.CreateHistogram("gateway_cold_start_phase_seconds", "Time from the signal to each phase of a cold start.", ["function", "phase"], new() { Buckets = StartBuckets });
        _hidden = factory.CreateHistogram("gateway_cold_start_hidden_seconds", "Part of a cold start that passed before the request arrived.", FunctionLabel, new() { Buckets = StartBuckets });
        _penalty = factory.CreateHistogram("gateway_cold_start_penalty_seconds", "Part of a cold start that the client waited for.", FunctionLabel, new() { Buckets = StartBuckets });
        _hold = factory.CreateHistogram("gateway_hold_seconds", "Time that requests waited for their function.", FunctionLabel, new() { Buckets = StartBuckets });
        _held = factory.CreateGauge("gateway_held_requests", "Requests that wait for their function now.", FunctionLabel);
        _holdRefused = factory.CreateCounter("gateway_hold_refused_total", "Requests that were not let wait for their function, by the limit that was reached.", ["function", "reason"]);
        _instances = factory.CreateGauge("gateway_instances", "Instances by state.", ["function", "state"]);
        _restDecisions = factory.CreateCounter("gateway_rest_decisions_total", "Changes of where a function rests, by the tier and why.", ["function", "tier", "cause"]);
        _vetoes = factory.CreateCounter("gateway_rest_vetoes_total", "Answers to the question whether an instance is busy, before it comes to rest (Idle:Veto).", ["function", "outcome"]);
        _probes = factory.CreateCounter("gateway_probe_wakes_total", "Rests whose only purpose is to measure the wake from that tier.", ["function", "tier"]);
        _expectedWakes = factory.CreateCounter("gateway_expected_wakes_total", "Wakes before a use that was expected, with nobody waiting.", FunctionLabel);
        _memory = factory.CreateGauge("gateway_instance_memory_bytes", "Memory of the function's instances, when it was measured last; only with Gateway:Memory:Budget.", FunctionLabel);
        _scaleDesired = factory.CreateGauge("gateway_scale_desired", "Instances that the load is worth, of functions that may have several and are awake or have been.", FunctionLabel);
    }

    public CollectorRegistry Registry { get; }

    public RequestMetrics Requests { get; }

    /// <summary>Counts a signal.</summary>
    public void Signal(string function, SignalKind kind, SignalOutcome outcome) =>
        _signals.WithLabels(function, kind.ToString(), outcome.ToString()).Inc();

    /// <summary>
    /// Registers a user of the series of a name: a function, a cluster of the user's own, or a request that waits for a function. Two functions may have the same name for a time, while
    /// the one that was replaced drains.
    /// </summary>
    public void Enter(string function)
    {
        lock (_users)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_users, function, out var isKnown)++;
            if (!isKnown)
            {
                Requests.Know(function);
            }
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began. With the last user the series are dropped.</summary>
    public void Leave(string function)
    {
        lock (_users)
        {
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_users, function, out _) <= 0)
            {
                _users.Remove(function);
                Forget(function);
            }
        }
    }

    /// <summary>Counts a request that begins to wait (1) or ends to (-1). It keeps the series as long as it waits.</summary>
    public void Held(string function, int change)
    {
        if (change > 0)
        {
            Enter(function);
        }

        _held.WithLabels(function).Inc(change);
        if (change < 0)
        {
            Leave(function);
        }
    }

    /// <summary>Counts a request that was not let wait.</summary>
    public void HoldRefused(string function, string reason)
    {
        // The function may just have been removed.
        Enter(function);
        _holdRefused.WithLabels(function, reason).Inc();
        Leave(function);
    }

    /// <summary>Records how long a request waited.</summary>
    public void HoldEnded(string function, TimeSpan waited) => _hold.WithLabels(function).Observe(waited.TotalSeconds);

    /// <summary>Counts instances in a state. A series is made when it is first needed, so that ten thousand functions at rest have none.</summary>
    /// <param name="change">How many more or, if negative, fewer there are. Each function of the name counts its own.</param>
    public void Instances(string function, string state, int change) => _instances.WithLabels(function, state).Inc(change);

    /// <summary>Counts a changed decision about where a function rests.</summary>
    public void RestDecided(string function, Tier tier, RestCause cause) => _restDecisions.WithLabels(function, tier.ToString(), cause.ToString()).Inc();

    /// <summary>Counts an answer of a veto.</summary>
    public void Veto(string function, string outcome) => _vetoes.WithLabels(function, outcome).Inc();

    /// <summary>Counts a rest whose only purpose is to measure the wake.</summary>
    public void Probe(string function, Tier tier) => _probes.WithLabels(function, tier.ToString()).Inc();

    /// <summary>Counts a wake before an expected use.</summary>
    public void ExpectedWake(string function) => _expectedWakes.WithLabels(function).Inc();

    /// <summary>Sets the memory of a function's instances.</summary>
    public void Memory(string function, long bytes) => _memory.WithLabels(function).Set(bytes);

    /// <summary>Sets how many instances a function's load is worth.</summary>
    public void ScaleDesired(string function, int instances) => _scaleDesired.WithLabels(function).Set(instances);

    /// <summary>Records a completed cold start.</summary>
    public void ColdStart(ColdStart cold)
    {
        var signal = cold.Signal.Kind.ToString();
        _coldStarts.WithLabels(cold.Function, signal, cold.Tier.ToString(), cold.Outcome.ToString()).Inc();
        if (cold.Outcome == ColdStartOutcome.Wasted)
        {
            _wasted.WithLabels(cold.Function, signal).Inc();
        }

        foreach (var (phase, timestamp) in ColdStartView.PhasesOf(cold))
        {
            if (cold.After(timestamp) is { } after)
            {
                _phases.WithLabels(cold.Function, phase).Observe(after.TotalSeconds);
            }
        }

        if (cold.Outcome == ColdStartOutcome.Served)
        {
            _hidden.WithLabels(cold.Function).Observe(cold.Hidden.TotalSeconds);
            _penalty.WithLabels(cold.Function).Observe(cold.Penalty.TotalSeconds);
        }
    }

    /// <summary>Drops the series of a name.</summary>
    public void Forget(string function)
    {
        Collector<Counter.Child>[] counters = [_signals, _coldStarts, _wasted, _restDecisions, _vetoes, _probes, _expectedWakes, _holdRefused];
        Collector<Histogram.Child>[] histograms = [_phases, _hidden, _penalty, _hold];
        Collector<Gauge.Child>[] gauges = [_held, _instances, _memory, _scaleDesired];
        Remove(counters, function);
        Remove(histograms, function);
        Remove(gauges, function);
        Requests.Forget(function);
    }

    private static void Remove<T>(IEnumerable<Collector<T>> collectors, string function)
        where T : ChildBase
    {
        foreach (var collector in collectors)
        {
            foreach (var labels in collector.GetAllLabelValues().Where(labels => labels[0] == function).ToArray())
            {
                collector.RemoveLabelled(labels);
            }
        }
    }
}
