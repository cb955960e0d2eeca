using System.Collections.Concurrent;
using Gateway.Activation;

namespace Gateway.Idle;

/// <summary>
/// Brings functions back to rest: one timer for each running function, set to when its idle time could end at the
/// earliest, so that requests only note when they were and never touch a timer.
/// </summary>
public sealed class IdleWatch(TimeProvider time) : IFunctionObserver, IDisposable
{
    private readonly ConcurrentDictionary<Function, ITimer> _timers = new();

    public void OnInstances(Function function, IReadOnlyList<RunningInstance> running)
    {
        if (running.Count == 0)
        {
            Forget(function);
        }
        else
        {
            Schedule(function, function.Options.Idle.After);
        }
    }

    public void OnRest(Function function, bool atRest)
    {
    }

    public void Dispose()
    {
        foreach (var function in _timers.Keys)
        {
            Forget(function);
        }
    }

    private void Schedule(Function function, TimeSpan after)
    {
        // Longer than a timer can be: look again then.
        var due = after < TimeSpan.FromDays(1) ? after : TimeSpan.FromDays(1);
        _timers.GetOrAdd(function, added => time.CreateTimer(OnTimer, added, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan))
            .Change(due + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void OnTimer(object? state)
    {
        var function = (Function)state!;
        if (function.RestIfIdle() is { } next)
        {
            Schedule(function, next);
        }
    }

    private void Forget(Function function)
    {
        if (_timers.TryRemove(function, out var timer))
        {
            timer.Dispose();
        }
    }
}
