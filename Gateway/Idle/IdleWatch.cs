using System.Collections.Concurrent;
using Gateway.Activation;

namespace Gateway.Idle;

/// <summary>
/// Brings functions back to rest. Each function that has run has one timer, which fires when there may be something to decide at the
/// earliest. Requests only note when they were and never touch a timer.
/// </summary>
internal sealed class IdleWatch(TimeProvider time) : IFunctionObserver, IDisposable
{
    // A policy is asked early, but not while the first request is on its way.
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    // A timer cannot be longer, so a longer wait is cut short and followed by another one.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<Function, RestTimer> _timers = new();
    private volatile bool _isStopped;

    /// <summary>Brings nothing to rest from here on, because the instances are the next gateway's.</summary>
    public void Stop()
    {
        _isStopped = true;
        Dispose();
    }

    public void OnInstances(Function function)
    {
        if (!_isStopped && function.Running.Count > 0)
        {
            TimerOf(function).Schedule(function.Options.Idle.Tier is null ? FirstWait : function.Options.Idle.After);
        }
    }

    public void OnRestDue(Function function)
    {
        if (function.IsRetired)
        {
            Forget(function);
        }
        else if (!_isStopped)
        {
            TimerOf(function).Schedule(TimeSpan.Zero);
        }
    }

    public void Dispose()
    {
        foreach (var function in _timers.Keys)
        {
            Forget(function);
        }
    }

    private RestTimer TimerOf(Function function) => _timers.GetOrAdd(function, static (added, time) => new RestTimer(added, time), time);

    private void Forget(Function function)
    {
        if (_timers.TryRemove(function, out var timer))
        {
            timer.Dispose();
        }
    }

    /// <summary>The timer of one function.</summary>
    private sealed class RestTimer : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly Function _function;
        private readonly ITimer _timer;
        private bool _due;

        public RestTimer(Function function, TimeProvider time)
        {
            _function = function;
            _timer = time.CreateTimer(OnTimer, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Schedule(TimeSpan wait)
        {
            lock (_gate)
            {
                _due = true;
                Set(wait);
            }
        }

        public void Dispose() => _timer.Dispose();

        private void OnTimer(object? state)
        {
            lock (_gate)
            {
                _due = false;
            }

            var next = _function.RestIfIdle();
            lock (_gate)
            {
                // A question that was scheduled meanwhile is based on newer facts than this answer.
                if (!_due && next is { } wait)
                {
                    Set(wait);
                }
            }
        }

        private void Set(TimeSpan wait) =>
            _timer.Change((wait < Longest ? wait : Longest) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
