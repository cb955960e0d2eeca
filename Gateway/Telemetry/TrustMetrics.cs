using Gateway.Model;
using Prometheus;

namespace Gateway.Telemetry;

/// <summary>Exports how many functions and groups of sources need a later signal than a SYN for now, and whether all do. No label names one of them.</summary>
internal sealed class TrustMetrics
{
    private static readonly string[] Scopes = ["Function", "Group", "Whole"];

    private readonly Gauge _functions;
    private readonly Gauge _groups;
    private readonly Gauge _whole;
    private readonly Counter _steps;

    public TrustMetrics(CollectorRegistry registry)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        _functions = factory.CreateGauge("gateway_trust_functions", "Functions that need this signal at the earliest for now, because wakes by earlier ones came to nothing.", ["signal"]);
        _groups = factory.CreateGauge("gateway_trust_groups", "Groups of sources that need this signal at the earliest for now, because wakes by their earlier ones came to nothing.", ["signal"]);
        _whole = factory.CreateGauge("gateway_trust_whole", "1 for the signal that all sources need at the earliest for now, except those that have proven themselves.", ["signal"]);
        _steps = factory.CreateCounter("gateway_trust_steps_total", "Changes of the earliest signal that wakes.", ["scope", "direction"]);
        // Every series exists from the start, so that the first step is an increase.
        foreach (var signal in Enum.GetValues<SignalKind>())
        {
            _whole.WithLabels(signal.ToString()).Set(signal == SignalKind.Syn ? 1 : 0);
            if (signal != SignalKind.Syn)
            {
                _functions.WithLabels(signal.ToString());
                _groups.WithLabels(signal.ToString());
            }
        }

        foreach (var scope in Scopes)
        {
            _steps.WithLabels(scope, "up");
            _steps.WithLabels(scope, "down");
        }
    }

    /// <summary>Counts a change of the earliest signal of a function, a group or the whole.</summary>
    public void Step(string scope, SignalKind before, SignalKind now)
    {
        _steps.WithLabels(scope, now > before ? "up" : "down").Inc();
        var levels = scope == Scopes[0] ? _functions : scope == Scopes[1] ? _groups : _whole;
        Add(levels, before, -1);
        Add(levels, now, +1);
    }

    private void Add(Gauge levels, SignalKind signal, int change)
    {
        if (signal != SignalKind.Syn || levels == _whole)
        {
            levels.WithLabels(signal.ToString()).Inc(change);
        }
    }
}
