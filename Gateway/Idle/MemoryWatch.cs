using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Idle;

/// <summary>
/// Keeps the functions' instances within <c>Gateway:Memory:Budget</c>. It measures them after instances have changed and, as long as there are
/// any, at intervals. If they exceed the budget, the functions that are least likely to be used rest deeper.
/// </summary>
internal sealed class MemoryWatch : IFunctionObserver, IDisposable
{
    /// <summary>The time from a change to the measurement. A burst of wakes is measured once, and a started program has allocated its memory by then.</summary>
    public static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(1);

    /// <summary>The time between measurements without a change. Programs grow without any event.</summary>
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

    /// <param name="policy">Is told which functions are to free memory.</param>
    /// <param name="budget">Returns the budget of now in bytes; null if there is none.</param>
    /// <param name="measure">Returns what an instance uses, in bytes.</param>
    /// <param name="metrics">Get the measurements.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told when memory gets short.</param>
    public MemoryWatch(RestPolicy policy, Func<long?> budget, Func<IInstance, long> measure, GatewayMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_policy, _budget, _measure, _metrics, _logger) = (policy, budget, measure, metrics, logger);
        _timer = time.CreateTimer(_ => OnTimer(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void OnInstances(Function function) => Changed(function);

    public void OnRest(Function function, bool atRest) => Changed(function);

    public void OnRestDue(Function function) => Changed(function);

    public void Dispose() => _timer.Dispose();

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
                occupants.Add(new Occupant(function.Name, occupancy.Tier, staying, mayRest ? _policy.WaitChance(function.Name) : 1, mayRest));
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
            _policy.NoteMemoryShortage(function.Name);
            function.RestIfIdle();
        }
    }
}
