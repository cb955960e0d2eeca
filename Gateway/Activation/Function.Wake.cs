using Gateway.Activation.Core;
using Gateway.Activation.Scaling;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Handles demand: signals, and callers that wait.</summary>
internal sealed partial class Function
{
    private RequestTrace? _waitingTrace;

    /// <summary>Takes a signal, and starts an instance if none runs or starts yet. This never blocks.</summary>
    /// <returns>Returns what became of the signal.</returns>
    public SignalOutcome Wake(in Signal signal)
    {
        var outcome = Handle(EventOf(signal)).Outcome ?? SignalOutcome.Ignored;
        if (!IsRetired)
        {
            _services.Metrics.Signal(Name, signal.Kind, outcome);
        }

        return outcome;
    }

    /// <summary>Wakes the function for an operator or a schedule, so that no request waits for it.</summary>
    /// <returns>A task that completes when an instance runs or the start has failed.</returns>
    public Task<WaitResult> WakeAsync(CancellationToken cancellationToken) =>
        WaitAsync(RequestNow(), isRequest: false, cancellationToken).AsTask();

    /// <summary>
    /// Waits on behalf of a held request until an instance runs or the start has failed. The request counts as demand, so no instance comes to rest meanwhile.
    /// </summary>
    public ValueTask<WaitResult> WaitAsync(Signal signal, CancellationToken cancellationToken) =>
        WaitAsync(signal, isRequest: true, cancellationToken);

    private async ValueTask<WaitResult> WaitAsync(Signal signal, bool isRequest, CancellationToken cancellationToken)
    {
        Step step;
        Task<WaitResult> result;
        lock (_gate)
        {
            step = HandleLocked(new FunctionEvent.WaitBegan(signal, isRequest));
            // The instance that runs may not have opened its door yet. Callers that waited earlier are let go when it has, so this one waits with them.
            result = step.Immediate is null ? _waiters.Task : _lastLetGo;
            if (step.Immediate is null)
            {
                NoteWaitLocked(signal);
            }
        }

        Perform();
        if (step.Outcome is { } outcome)
        {
            _services.Metrics.Signal(Name, signal.Kind, outcome);
        }

        TellAwaited(step);

        if (step.Immediate is { } told)
        {
            return told.IsRunning ? await result.WaitAsync(cancellationToken) : told;
        }

        try
        {
            return await result.WaitAsync(cancellationToken);
        }
        finally
        {
            EndWait(signal, place: null);
        }
    }

    private void NoteWaitLocked(in Signal signal)
    {
        AddWaiting(signal, +1);
        NoteTraceLocked(signal.Trace);
        _load?.History.Change(+1, _services.Time.GetTimestamp());
        ScaleLocked(signal);
    }

    private void EndWait(in Signal signal, Place? place)
    {
        lock (_gate)
        {
            AddWaiting(signal, -1);
            if (place?.Lease is not null)
            {
                Interlocked.Decrement(ref _load!.Handed);
            }
            else
            {
                _load?.History.Change(-1, _services.Time.GetTimestamp());
            }

            HandleLocked(new FunctionEvent.WaitEnded());
            _waitingTrace = _core.Waiting == 0 ? null : _waitingTrace;
        }

        Perform();
    }

    // The cold start for which the request waits may have begun already, by an earlier signal, or begin later, when the budget has room.
    private void NoteTraceLocked(RequestTrace? trace)
    {
        if (trace is not null)
        {
            _waitingTrace ??= trace;
            PendingColdStart?.NoteTrace(trace);
        }
    }
}
