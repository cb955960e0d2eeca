using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>How a start ends other than well, and when it is tried again.</summary>
internal sealed partial class Function
{
    /// <param name="instance">The instance whose start has ended without success.</param>
    /// <param name="failure">Null when the start was called off: the function was retired, or a reload changed its program.</param>
    /// <param name="cause">What clients may be told of it.</param>
    private async Task EndStartAsync(FunctionInstance instance, string? failure, StartFailureCause cause)
    {
        // Bounded: what somebody kills each time it starts is a failure all the same.
        var killed = instance.Runtime?.Exited is { IsCompleted: true } exited && (await exited).ByOthers;
        lock (_gate)
        {
            instance.BeginEnd();
            if (failure is not null && !_retired && (instance.Tier != Tier.Stopped || (killed && _backOff.TryForgive())))
            {
                // What rested is no more what it was (removed, killed, stuck), or somebody ended what started: a start from nothing
                // may work, so nobody is told yet.
                ActivationLog.NotWoken(_services.Logger, Name, instance.Id, instance.Tier, failure);
                Forget(instance);
            }
            else if (failure is not null)
            {
                Complete(instance, ColdStartOutcome.Failed);
                (_lastFailure, _lastCause) = (failure, cause);
                var wait = _backOff.Fail();
                RetryLater(wait);
                ActivationLog.StartFailed(_services.Logger, Name, failure, wait.TotalSeconds);
                if (Active == 0)
                {
                    // Else those who wait have another one coming.
                    _arrival.TrySetResult(new Arrival(failure, wait, cause));
                    _arrival = NewArrival();
                }
            }
            else
            {
                Complete(instance, ColdStartOutcome.Failed);
                _wanted ??= _retired ? null : instance.ColdStart?.Signal;
            }

            Publish();
        }

        await EndAsync(instance);
    }

    // Back-off: no signal starts it before; then a request that came meanwhile does, and the kernel listens again.
    private void RetryLater(TimeSpan wait)
    {
        _retry?.Dispose();
        _retry = _services.Time.CreateTimer(_ => OnTimer(), null, wait + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    // Over the budget the kernel has already fallen silent for this function; it is listened to again soon, not at once:
    // a flood of SYNs must not become a flood of events.
    // More signals meanwhile do not put it off.
    private void RearmLater()
    {
        if (_retry is null)
        {
            RetryLater(TimeSpan.FromMilliseconds(100));
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _retry?.Dispose();
            _retry = null;
            if (_retired)
            {
                return;
            }

            // The clock of timers is coarser than ours and lets them come a few milliseconds early.
            if (_backOff.Remaining is var left && left > TimeSpan.Zero)
            {
                RetryLater(left);
                return;
            }

            _atRest = null;
            Reconcile();
        }
    }

    // Marks the end of an instance's cold start if no request has.
    private void Complete(FunctionInstance instance, ColdStartOutcome outcome)
    {
        if (instance.ColdStart is { } cold)
        {
            Interlocked.CompareExchange(ref _cold, null, cold);
            _services.Report(cold, outcome);
        }
    }

    // Its timeline goes on with the next instance, from the same signal.
    private void Forget(FunctionInstance instance)
    {
        if (instance.ColdStart is { } cold)
        {
            Interlocked.CompareExchange(ref _cold, null, cold);
            _wanted ??= cold.Signal;
        }
    }

    /// <summary>Completes a cold start, when the first byte of its first answer has come.</summary>
    public void Served(ColdStart cold, long timestamp)
    {
        cold.NoteFirstByte(timestamp);
        Interlocked.CompareExchange(ref _cold, null, cold);
        _services.Report(cold, ColdStartOutcome.Served);
    }
}
