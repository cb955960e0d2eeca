using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Idle;

/// <summary>
/// Keeps the functions' instances within <c>Gateway:Memory:Budget</c>: measures them after instances have changed, and while
/// there are any now and then, and has the least likely to be used rest deeper when they are over it.
/// </summary>
internal sealed class MemoryWatch : IFunctionObserver, IDisposable
{
    /// <summary>From a change to the measurement: a burst of wakes is one, and a program has filled what it needs at first.</summary>
    public static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(1);

    /// <summary>Between measurements without a change: programs grow while nothing happens that anybody is told of.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Function, bool> _functions = new();
    private readonly RestPolicy _policy;
    private readonly Func<long?> _budget;
    private readonly Func<IInstance, long> _measure;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private bool _soon;
    private bool _short;

    /// <param name="budget">In bytes, now; null: none.</param>
    /// <param name="measure">What an instance uses, in bytes.</param>
    public MemoryWatch(RestPolicy policy, Func<long?> budget, Func<IInstance, long> measure, GatewayMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_policy, _budget, _measure, _metrics, _logger) = (policy, budget, measure, metrics, logger);
        _timer = time.CreateTimer(_ => OnTimer(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void OnInstances(Function function) => Changed(function);

    public void OnRest(Function function, bool atRest) => Changed(function);

    public void OnRestDue(Function function) => Changed(function);

    public void Dispose() => _timer.Dispose();

    // Under the function's lock.
    private void Changed(Function function)
    {
        if (function.IsRetired)
        {
            _functions.TryRemove(function, out _);
            return;
        }

        _functions.TryAdd(function, true);
        lock (_gate)
        {
            if (!_soon && _budget() is not null)
            {
                _soon = true;
                _timer.Change(AfterChange, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _soon = false;
        }

        if (_budget() is not { } budget)
        {
            return;
        }

        var occupants = Measure(out var used);
        Relieve(occupants, used, budget);
        lock (_gate)
        {
            if (!_soon && occupants.Count > 0)
            {
                _timer.Change(Between, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private List<Occupant> Measure(out long used)
    {
        used = 0;
        List<Occupant> occupants = [];
        foreach (var function in _functions.Keys)
        {
            var occupancy = function.Occupancy();
            var staying = occupancy.Staying.Sum(_measure);
            var all = staying + occupancy.Leaving.Sum(_measure);
            _metrics.Memory(function.Name, all);
            used += all;
            if (all > 0)
            {
                var mayRest = occupancy.MayRest && function.Options.Idle.Tier is null;
                occupants.Add(new Occupant(function.Name, occupancy.Tier, staying, mayRest ? _policy.Regret(function.Name) : 1, mayRest));
            }
        }

        return occupants;
    }

    private void Relieve(List<Occupant> occupants, long used, long budget)
    {
        var victims = MemoryPlan.Victims(occupants, budget).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (used > budget && !_short)
        {
            IdleLog.MemoryShort(_logger, MemorySize.Format(used), MemorySize.Format(budget), victims.Count);
        }

        _short = used > budget;
        foreach (var function in _functions.Keys.Where(function => victims.Contains(function.Name)))
        {
            _policy.Press(function.Name);
            function.RestIfIdle();
        }
    }
}
