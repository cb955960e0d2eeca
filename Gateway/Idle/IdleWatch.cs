using System.Collections.Concurrent;
using Gateway.Activation;

namespace Gateway.Idle;

/// <summary>
/// Brings functions back to rest: one timer for each function that has run, set to when there could be something to decide
/// at the earliest, so that requests only note when they were and never touch a timer.
/// </summary>
internal sealed class IdleWatch(TimeProvider time) : IFunctionObserver, IDisposable
{
    // A policy wants to be asked early; but not while the first request is on its way.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);

    // Longer than a timer can be: look again then.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<Function, Look> _looks = new();

    public void OnInstances(Function function)
    {
        if (function.Running.Count > 0)
        {
            LookOf(function).In(function.Options.Idle.Tier is null ? FirstLook : function.Options.Idle.After);
        }
    }

    public void OnRestDue(Function function)
    {
        if (function.IsRetired)
        {
            Forget(function);
        }
        else
        {
            LookOf(function).In(TimeSpan.Zero);
        }
    }

    public void Dispose()
    {
        foreach (var function in _looks.Keys)
        {
            Forget(function);
        }
    }

    private Look LookOf(Function function) => _looks.GetOrAdd(function, static (added, time) => new Look(added, time), time);

    private void Forget(Function function)
    {
        if (_looks.TryRemove(function, out var look))
        {
            look.Dispose();
        }
    }

    /// <summary>One function's next look.</summary>
    private sealed class Look : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly Function _function;
        private readonly ITimer _timer;
        private bool _due;

        public Look(Function function, TimeProvider time)
        {
            _function = function;
            _timer = time.CreateTimer(OnTimer, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void In(TimeSpan wait)
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
                // What was asked for meanwhile knows more than this answer.
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
