using Gateway.Activation.Core;
using Gateway.Activation.Trust;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Has what says whether somebody is behind a signal: connections that were accepted, the time limit of an unproven wake, and the trust that follows from it.</summary>
internal sealed partial class Function
{
    /// <summary>Gets the earliest kind of signal that wakes the function now, by its configuration and by what became of earlier signals.</summary>
    public SignalKind Earliest
    {
        get
        {
            var core = Volatile.Read(ref _core);
            return core.Earliest > core.Options.WakeOn ? core.Earliest : core.Options.WakeOn;
        }
    }

    /// <summary>Gets whether a SYN has to be followed by a connection.</summary>
    public bool TriesSyns => Volatile.Read(ref _core).ProveWithin is not null;

    /// <summary>Gets whether a SYN has woken the function, or is going to, and a connection has yet to prove that somebody is there.</summary>
    public bool IsUnproven => Volatile.Read(ref _core).IsUnproven;

    /// <summary>Notes that a connection to an address of the function alone was accepted, from whomever. Unless a wake is unproven, this costs one read.</summary>
    public void NoteConnection()
    {
        if (IsUnproven)
        {
            Handle(new FunctionEvent.Proven());
        }
    }

    /// <summary>Takes over what <see cref="TrustJudge"/> has decided.</summary>
    internal void TakeTrust()
    {
        lock (_gate)
        {
            // Read under the lock, so that the last of several decisions counts.
            HandleLocked(new FunctionEvent.TrustSet(Trust.Earliest, _services.Trust.ProveWithin));
        }

        Perform();
    }

    private TrustRestriction? Restriction =>
        _core.Earliest > _core.Options.WakeOn ? new TrustRestriction(_core.Earliest, _services.Trust.ReasonFor(Trust)) : null;

    private FunctionEvent.Signalled EventOf(in Signal signal)
    {
        var refused = signal.Kind != SignalKind.Request && Volatile.Read(ref _running).Length == 0 ? Refusal(signal) : null;
        return new FunctionEvent.Signalled(signal, refused, refused is null ? default : RearmIn());
    }

    private SignalOutcome? Refusal(in Signal signal) =>
        Options.Idle.Ignore?.Names(signal.Source ?? signal.Client?.Address) == true ? SignalOutcome.Ignored
        : Quiet.Has(signal.Client?.Address) || _services.Trust.Refuses(signal) ? SignalOutcome.Distrusted
        : null;

    // The core ignores it while its timer is set.
    private TimeSpan RearmIn() => Volatile.Read(ref _core).HasTimer ? default : _services.Budget.NextRearm();

    private void SetTrial(TimeSpan? wait)
    {
        _trial?.Dispose();
        _trial = wait is { } due
            ? _services.Time.CreateTimer(_ => EndTrial(), null, due + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan)
            : null;
    }

    private void EndTrial()
    {
        // The kernel's word may still be on its way.
        var isProven = _services.Observers.Any(observer => observer.HasSeenConnection(this));
        lock (_gate)
        {
            if (_core.Trial is not { } trial || !_instances.TryGetValue(trial.Key, out var instance))
            {
                return;
            }

            isProven |= _core.Waiting > 0 || instance.ColdStart is { Request: not 0 } || instance.InFlight > 0;
            var mayRest = !isProven && instance.Record.Phase is InstancePhase.Running && trial.Until <= Now.Timestamp && _core.Active > _core.Kept;
            // The door of a doubted instance is closed.
            var isClosed = mayRest && (!FunctionCore.IsServing(instance.Record) || instance.TryCloseEmpty());
            HandleLocked(new FunctionEvent.TrialOver(isProven, isClosed));
        }

        Perform();
    }
}
