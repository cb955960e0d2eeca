using System.Diagnostics.CodeAnalysis;
using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Demand: signals, those who wait, leases, and the load that these tell.</summary>
internal sealed partial class Function
{
    private int _scaling;

    /// <summary>Takes a signal, and starts an instance if none runs or starts yet. Never blocks.</summary>
    public SignalOutcome Wake(in Signal signal)
    {
        var outcome = Handle(new FunctionEvent.Signalled(signal)).Outcome ?? SignalOutcome.Ignored;
        if (!IsRetired)
        {
            _services.Metrics.Signal(Name, signal.Kind, outcome);
        }

        return outcome;
    }

    /// <summary>Wakes it with nobody waiting for an answer: an operator, a schedule.</summary>
    public Task<WaitResult> WakeAsync(CancellationToken cancellationToken) =>
        WaitAsync(RequestNow(), isRequest: false, cancellationToken).AsTask();

    /// <summary>
    /// A held request waits until an instance runs or the start failed. It is demand: while it waits nothing comes to rest.
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
            // One that runs may not have opened its door yet; those who waited before are let go when it has.
            result = step.Immediate is null ? _waiters.Task : _lastLetGo;
            if (step.Immediate is null)
            {
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
            Handle(new FunctionEvent.WaitEnded());
        }
    }

    /// <summary>Takes a lease on an instance, which lasts until <see cref="FunctionInstance.Release"/>.</summary>
    /// <param name="instance">One of this function's; null when none was found.</param>
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
            // Beside the request, and once for all that come meanwhile.
            ThreadPool.UnsafeQueueUserWorkItem(static function => function.Scale(), this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Starts the instances that the load is worth, starting ones counted in. Scale:Max bounds them, and what the budget has free.</summary>
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
