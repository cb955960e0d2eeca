using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Waking: what becomes of a signal and of whoever waits, and comparing what is wanted with what there is.</summary>
internal sealed partial class Function
{
    /// <summary>Takes a signal, and starts an instance if none runs or starts yet. Never blocks.</summary>
    public SignalOutcome Wake(in Signal signal)
    {
        SignalOutcome outcome;
        lock (_gate)
        {
            outcome = WakeLocked(signal);
        }

        if (!IsRetired)
        {
            _services.Metrics.Signal(Name, signal.Kind, outcome);
        }

        return outcome;
    }

    /// <summary>Wakes it with nobody waiting for an answer: an operator, a schedule.</summary>
    public Task<Arrival> WakeAsync(CancellationToken cancellationToken) =>
        WaitAsync(RequestNow(), isRequest: false, cancellationToken).AsTask();

    /// <summary>
    /// A held request waits until an instance runs or the start failed. It is demand: while it waits nothing comes to rest.
    /// </summary>
    public ValueTask<Arrival> WaitAsync(Signal signal, CancellationToken cancellationToken) =>
        WaitAsync(signal, isRequest: true, cancellationToken);

    private async ValueTask<Arrival> WaitAsync(Signal signal, bool isRequest, CancellationToken cancellationToken)
    {
        Task<Arrival> arrival;
        lock (_gate)
        {
            if (_running.Length > 0)
            {
                return Arrival.Running;
            }

            if (_retired)
            {
                return Removed;
            }

            var outcome = WakeLocked(signal);
            _services.Metrics.Signal(Name, signal.Kind, outcome);
            if (outcome == SignalOutcome.BackOff)
            {
                return new Arrival(_lastFailure, _backOff.Remaining, _lastCause);
            }

            if (isRequest)
            {
                _cold?.NoteRequest(signal.Timestamp);
            }

            _waiting++;
            arrival = _arrival.Task;
            HurryIfAwaited();
            StartDemanded(signal);
        }

        try
        {
            return await arrival.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
            }
        }
    }

    private SignalOutcome WakeLocked(in Signal signal)
    {
        if (_running.Length > 0)
        {
            return SignalOutcome.Running;
        }

        if (_retired || signal.Kind < Options.WakeOn)
        {
            return SignalOutcome.Ignored;
        }

        if (!_begun)
        {
            _wanted ??= signal;
            return SignalOutcome.Joined;
        }

        if (Active > 0)
        {
            return SignalOutcome.Joined;
        }

        if (!MayTry(signal.Kind))
        {
            // Only a request is worth a try of our own when the time has come; a handshake may be forged.
            _wanted ??= signal.Kind == SignalKind.Request ? signal : null;
            return SignalOutcome.BackOff;
        }

        var stopping = !CanBegin;
        if (signal.Kind == SignalKind.Request)
        {
            _wanted ??= signal;
            Reconcile();
            return stopping ? SignalOutcome.Joined : SignalOutcome.Woke;
        }

        if (stopping)
        {
            _wanted ??= signal;
            return SignalOutcome.Joined;
        }

        if (!_services.Budget.TryTake(MinuteBudget))
        {
            RearmLater();
            return SignalOutcome.OverBudget;
        }

        Begin(signal, budgeted: true);
        return SignalOutcome.Woke;
    }

    /// <summary>Compares what is wanted with what there is, and acts. Called under the lock after every change.</summary>
    private void Reconcile()
    {
        if (!_begun)
        {
            return;
        }

        if (!_retired && Active == 0 && CanBegin && (_waiting > 0 || _wanted is not null) && MayTry(_wanted?.Kind ?? SignalKind.Request))
        {
            BeginWanted(_wanted ?? RequestNow());
        }

        if (!_retired && _backOff.Remaining == TimeSpan.Zero)
        {
            while (Active < Options.Scale.Min && CanBegin)
            {
                Begin(RequestNow(), budgeted: false, cold: false);
            }

            MakeAhead();
        }

        Publish();
    }

    // What came while nothing could be begun. Whoever waits gets in line; a handshake, as at any time, takes what is free or goes without.
    private void BeginWanted(in Signal signal)
    {
        var handshake = _waiting == 0 && signal.Kind != SignalKind.Request;
        if (!handshake || _services.Budget.TryTake(MinuteBudget))
        {
            Begin(signal, budgeted: handshake);
            return;
        }

        _wanted = null;
        RearmLater();
    }

    // Under the lock. Whoever waits for a program that ran and died young is worth one more start before the back-off counts; a
    // handshake, which may be forged, is not.
    private bool MayTry(SignalKind kind) =>
        _backOff.Remaining == TimeSpan.Zero || (_backOff.HasOneMore && (kind == SignalKind.Request || _waiting > 0));

    private Signal RequestNow() => new(SignalKind.Request, _services.Time.GetTimestamp(), Client: null);

    private void Begin(in Signal signal, bool budgeted, bool cold = true)
    {
        _wanted = null;
        _backOff.TakeOneMore();
        _retry?.Dispose();
        _retry = null;
        var instance = _instances.Where(instance => instance.IsAtRest).MaxBy(instance => instance.Tier);
        if (instance is null)
        {
            instance = Add(new FunctionInstance(Options));
        }

        var coldStart = cold && _running.Length == 0 ? new ColdStart(Name, signal, instance.Tier, WallClock(signal.Timestamp)) : null;
        instance.BeginStart(coldStart);
        if (coldStart is not null)
        {
            coldStart.Heard = _services.Time.GetTimestamp();
            Volatile.Write(ref _cold, coldStart);
        }

        // Off the caller's thread: it may be the ring buffer's, and it holds our lock. First of all, as a sleeping thread of the pool takes
        // a while to come; it waits for the lock if it is quicker than the observers.
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Function.StartAsync(work.Instance, work.Budgeted), (Function: this, Instance: instance, Budgeted: budgeted), preferLocal: false);
        Publish();
    }

    // Under the lock. Its port, if it has one by configuration, is its own from here until nothing of it is left.
    private FunctionInstance Add(FunctionInstance instance)
    {
        _instances.Add(instance);
        _services.Ports.Enter(instance);
        return instance;
    }

    private DateTimeOffset WallClock(long timestamp) =>
        _services.Time.GetUtcNow() - _services.Time.GetElapsedTime(timestamp);

    private static TaskCompletionSource<Arrival> NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
