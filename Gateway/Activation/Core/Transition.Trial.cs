using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>Tries wakes by a SYN, whose sender may be forged: no connection within the time means that the instance goes back to where it rested.</summary>
internal sealed partial class Transition
{
    // The wait after which a trial is looked at again that ended while somebody used the instance.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    // Handles what says whether somebody is behind a signal.
    private void TakeTrust(FunctionEvent what)
    {
        switch (what)
        {
            case FunctionEvent.Proven:
                Prove();
                break;
            case FunctionEvent.TrialOver over:
                EndTrial(over);
                break;
            case FunctionEvent.TrustSet set:
                // The kernel is told of it as observers are told anew whether the function is at rest.
                _core = _core with { Earliest = set.Earliest, ProveWithin = set.ProveWithin, ToldAtRest = null };
                if (_core is { Waiting: 0, Wanted: { IsProven: false } wanted } && wanted.Kind < set.Earliest)
                {
                    _core = _core with { Wanted = null };
                }

                break;
            default:
                TakeRest(what);
                break;
        }
    }

    // Others' SYNs do not prolong a trial: otherwise a forged one every few seconds would keep the function awake.
    private void BeginTrial(InstanceRecord instance, in Signal? cold)
    {
        if (cold is { IsProven: false } && _core is { Waiting: 0, ProveWithin: { } within })
        {
            _core = _core with { Trial = new Trial(instance.Key, instance.Phase.Tier, now.After(within)) };
            _effects.Add(new FunctionEffect.SetTrial(within));
        }
    }

    private void Prove()
    {
        if (_core.Wanted is { IsProven: false } wanted)
        {
            _core = _core with { Wanted = wanted with { IsConfirmed = true }, ToldAtRest = null };
        }

        if (_core.Trial is not { } trial)
        {
            return;
        }

        if (_core.Find(trial.Key) is { Phase: InstancePhase.Starting { Cold: { } cold } start } instance)
        {
            Set(instance, start with { Cold = cold with { IsConfirmed = true } });
        }

        // The kernel need not tell of the connection any more.
        _core = _core with { ToldAtRest = null };
        DropTrial();
    }

    private void EndTrial(FunctionEvent.TrialOver over)
    {
        if (_core.Trial is not { IsLost: false } trial || _core.Find(trial.Key) is not { } instance)
        {
            return;
        }

        // The timer's clock is coarser than ours, and it may be the timer of an earlier trial.
        if (-now.Since(trial.Until) is var left && left > TimeSpan.Zero)
        {
            _effects.Add(new FunctionEffect.SetTrial(left + TimeSpan.FromMilliseconds(1)));
            return;
        }

        if (over.IsProven || _core.Waiting > 0)
        {
            Prove();
        }
        else if (instance.Phase is InstancePhase.Starting start)
        {
            _core = _core with { Trial = trial with { IsLost = true } };
            // A wake from a pause is over in a moment, and the instance with its memory would be lost by a cancellation.
            if (!start.From.IsFrozen())
            {
                _effects.Add(new FunctionEffect.CancelStart(instance.Key));
            }
        }
        else if (_core.Active <= _core.Kept)
        {
            // It runs whether anybody is there or not.
            Prove();
        }
        else if (over.IsDoorClosed)
        {
            RestAsBefore(instance, trial);
        }
        else
        {
            _effects.Add(new FunctionEffect.SetTrial(LookAgain));
        }
    }

    // The tier is the one that it was woken from, so that forged SYNs change nothing in the long run.
    private void RestAsBefore(InstanceRecord instance, Trial trial)
    {
        _core = _core with { Rest = new RestDecision(trial.From, RestReasons.Wasted) };
        // What came of the wake is told now, not when the instance rests, so that the next SYN is judged by it.
        _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Wasted));
        BeginRest(instance, trial.From, RestReasons.Wasted, drain: null);
    }

    // Returns true if the instance of a trial that was lost while it started has been taken care of.
    private bool TryEndLost(InstanceRecord instance)
    {
        if (_core.Trial is not { IsLost: true } trial || trial.Key != instance.Key)
        {
            return false;
        }

        RestAsBefore(instance with { Phase = new InstancePhase.Running(_core.NextAdmission, IsDoubted: false) }, trial);
        return true;
    }

    // A start that was called off because its trial was lost is wanted by nobody.
    private bool TryCallOffLost(InstanceRecord instance)
    {
        if (_core.Trial is not { IsLost: true } trial || trial.Key != instance.Key)
        {
            return false;
        }

        EndNow(instance);
        _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Wasted));
        _core = _core with { MakesAhead = _core.RestsInitialized };
        return true;
    }

    // The trial ends with whatever else ends the instance.
    private void KeepTrial()
    {
        if (_core.Trial is { } trial && (_core.IsRetired || _core.Find(trial.Key)?.Phase.IsActive != true))
        {
            DropTrial();
        }
    }

    private void DropTrial()
    {
        if (_core.Trial is { } trial)
        {
            _core = _core with { Trial = null };
            if (!trial.IsLost)
            {
                _effects.Add(new FunctionEffect.SetTrial(null));
            }
        }
    }

    // It waited for an instance to stop. Whoever sent it has had the time to connect.
    private void ForgetOldSyn()
    {
        if (_core is { Waiting: 0, Wanted: { IsProven: false } wanted, ProveWithin: { } within } && now.Since(wanted.Timestamp) > within)
        {
            _core = _core with { Wanted = null };
        }
    }

    // A start that nobody waits for any more gives its place in the line to others, unless it has begun or somebody else's handshake counts on it.
    private void GiveUpUnneeded()
    {
        if (_core.Waiting > 0 || _core.IsJoined)
        {
            return;
        }

        foreach (var instance in _core.Instances)
        {
            if (instance.Phase is InstancePhase.Starting { Cold.Kind: SignalKind.Request, ByOthers: false } && _core.Active > _core.Kept)
            {
                _effects.Add(new FunctionEffect.GiveUp(instance.Key));
            }
        }
    }

    private void EndStart(FunctionEvent.GivenUp given)
    {
        if (_core.Find(given.Key) is not { Phase: InstancePhase.Starting start } instance)
        {
            return;
        }

        _effects.Add(new FunctionEffect.DropColdStart(instance.Key));
        if (start.From == Tier.Stopped)
        {
            EndNow(instance);
            _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: true));
        }
        else
        {
            ComeToRest(instance, start.From);
            TellRestDue();
        }
    }
}
