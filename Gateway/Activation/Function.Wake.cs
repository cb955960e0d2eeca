using System.Diagnostics.CodeAnalysis;
using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Handles demand: signals, waiting callers, leases, and the load that they make up.</summary>
internal sealed partial class Function
{
    private int _scaling;

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
                AddWaiting(signal, +1);
                ScaleLocked(signal);
            }
        }

        Perform();
        if (step.Outcome is { } outcome)
        {
            _services.Metrics.Signal(Name, signal.Kind, outcome);
        }

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
            lock (_gate)
            {
                AddWaiting(signal, -1);
                HandleLocked(new FunctionEvent.WaitEnded());
            }

            Perform();
        }
    }

    /// <summary>Takes a lease on an instance, which lasts until <see cref="FunctionInstance.Release"/>.</summary>
    /// <param name="instance">An instance of this function, or null if none was found.</param>
    /// <returns>Returns false if there is no instance, or if it takes no requests any more.</returns>
    public bool TryLease([NotNullWhen(true)] FunctionInstance? instance)
    {
        if (instance is null || !instance.TryLease())
        {
            return false;
        }

        var scale = Options.Scale;
        if (instance.InFlight > scale.Concurrency && Volatile.Read(ref _running).Length < scale.Max && Interlocked.Exchange(ref _scaling, 1) == 0)
        {
            // This happens beside the request, and only once for all requests that come meanwhile.
            ThreadPool.UnsafeQueueUserWorkItem(static function => function.Scale(), this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Starts the instances that the load is worth, including those that start already. <c>Scale:Max</c> and the free budget limit them.</summary>
    internal void Scale()
    {
        Volatile.Write(ref _scaling, 0);
        lock (_gate)
        {
            ScaleLocked(RequestNow());
        }

        Perform();
    }

    private void ScaleLocked(in Signal signal)
    {
        if (_core.Options.Scale.Max > 1)
        {
            var wanted = _services.Scaler.Decide(new ScaleLoad(_core.Options.Scale, _core.Waiting, _instances.Values.Sum(static instance => instance.InFlight)));
            HandleLocked(new FunctionEvent.ScaleDecided(wanted, signal));
        }
    }
}
