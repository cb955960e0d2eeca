using System.Collections.Immutable;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>Applies one event to a function: it replaces the value piece by piece, and collects the effects.</summary>
/// <remarks>
/// Effects come in three groups: first what is begun and recorded, then what observers are told, then what may only happen once they know it. So a
/// start is under way before any observer is told of it, and a door opens only after the forwarder knows the address.
/// </remarks>
internal sealed partial class Transition(FunctionCore core, Moment now)
{
    private readonly List<FunctionEffect> _effects = [];
    private readonly List<FunctionEffect> _afterTelling = [];
    private FunctionCore _core = core;
    private SignalOutcome? _outcome;
    private WaitResult? _immediate;
    private bool _accepted;

    /// <summary>Returns the function after the event, the effects, and the result for the caller.</summary>
    public Step Take(FunctionEvent what)
    {
        switch (what)
        {
            case FunctionEvent.Signalled signalled:
                _outcome = Wake(signalled.Signal, signalled.Refused, signalled.RearmIn);
                break;
            case FunctionEvent.WaitBegan wait:
                BeginWait(wait);
                break;
            case FunctionEvent.WaitEnded:
                _core = _core with { Waiting = _core.Waiting - 1 };
                GiveUpUnneeded();
                break;
            case FunctionEvent.BudgetAnswered answer:
                TakeAnswer(answer);
                break;
            case FunctionEvent.ScaleDecided scale:
                NoteScale(scale);
                Scale(scale.Wanted, scale.Signal);
                break;
            case FunctionEvent.TimerFired:
                OnTimer();
                break;
            case FunctionEvent.Made made:
                NoteMade(made.Key);
                break;
            case FunctionEvent.StartSucceeded ready:
                EndStart(ready);
                break;
            case FunctionEvent.StartFailed failed:
                EndStart(failed);
                break;
            case FunctionEvent.GivenUp given:
                EndStart(given);
                break;
            case FunctionEvent.Doubted doubted:
                Doubt(doubted);
                break;
            case FunctionEvent.DoubtResolved resolved:
                ResolveDoubt(resolved);
                break;
            case FunctionEvent.Exited exited:
                NoteExit(exited);
                break;
            case FunctionEvent.MakeFailed failed:
                EndMaking(failed);
                break;
            case FunctionEvent.Gone gone:
                Remove(gone);
                break;
            default:
                TakeTrust(what);
                break;
        }

        return Finish();
    }

    // Handles what brings the function to rest, and what the configuration or somebody else does to it.
    private void TakeRest(FunctionEvent what)
    {
        switch (what)
        {
            case FunctionEvent.Opened:
                Open();
                break;
            case FunctionEvent.SleepAsked sleep:
                Sleep(sleep.Tier, sleep.Reason);
                break;
            case FunctionEvent.Looked:
                WakeExpected();
                break;
            case FunctionEvent.RestDecided decided:
                Decide(decided);
                break;
            case FunctionEvent.Rested rested:
                EndRest(rested);
                break;
            case FunctionEvent.RestFailed failed:
                EndRest(failed);
                break;
            case FunctionEvent.Updated updated:
                Update(updated);
                break;
            case FunctionEvent.TiersFound found:
                Find(found.Tiers);
                break;
            case FunctionEvent.Retired retired:
                Retire(retired);
                break;
            case FunctionEvent.Adopted adopted:
                Adopt(adopted.Tier);
                _accepted = true;
                break;
            case FunctionEvent.Found found:
                _accepted = TryTake(found);
                break;
            case FunctionEvent.Moved moved:
                _accepted = TryFollow(moved);
                break;
            case FunctionEvent.Reconsidered:
                TellRestDue();
                break;
            case FunctionEvent.SurplusClosed surplus:
                Leave(surplus);
                break;
            case FunctionEvent.HoursSet set:
                SetHours(set.Hours);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "There is no such event.");
        }
    }

    private Step Finish()
    {
        EndOutdated();
        EndShut();
        Reconcile();
        KeepTimer();
        KeepTrial();
        // A question to the budget is answered before observers are told anything.
        if (_core.Asking is null)
        {
            Publish();
        }

        _effects.AddRange(_afterTelling);
        return new Step(_core, _effects) { Outcome = _outcome, Immediate = _immediate, IsAccepted = _accepted };
    }

    private void Publish()
    {
        // A function that is not open yet is not at rest, because a signal would not start it.
        if (!_core.IsOpen && !_core.IsRetired && _core.Instances.IsEmpty && _core.ToldInstances.IsEmpty)
        {
            return;
        }

        var (told, atRest) = (_core.ToldInstances, IsAtRest);
        var isNew = atRest != _core.ToldAtRest;
        if (!isNew && _core.Instances == told && ReferenceEquals(_core.Options, _core.ToldOptions))
        {
            return;
        }

        _core = _core with { ToldInstances = _core.Instances, ToldOptions = _core.Options, ToldAtRest = atRest };
        _effects.Add(new FunctionEffect.Publish(_core, !ServeAlike(_core.Instances, told), isNew ? atRest : null));
    }

    // This and the next ones run at every event, so they allocate nothing.
    private static bool ServeAlike(ImmutableArray<InstanceRecord> some, ImmutableArray<InstanceRecord> others)
    {
        var (i, j) = (0, 0);
        while (true)
        {
            while (i < some.Length && !FunctionCore.IsServing(some[i]))
            {
                i++;
            }

            while (j < others.Length && !FunctionCore.IsServing(others[j]))
            {
                j++;
            }

            if (i == some.Length || j == others.Length)
            {
                return i == some.Length && j == others.Length;
            }

            if (some[i++].Key != others[j++].Key)
            {
                return false;
            }
        }
    }

    // An instance on its way to rest counts as resting until a signal is noted, because then a start follows the stop at once.
    private bool IsAtRest
    {
        get
        {
            foreach (var instance in _core.Instances)
            {
                if (instance.Phase is not InstancePhase.AtRest && (instance.Phase.IsActive || _core.Wanted is not null))
                {
                    return false;
                }
            }

            return !_core.IsRetired && !_core.IsShut && IsBackOffOver;
        }
    }

    private bool IsBackOffOver => _core.BackOff.Remaining(now) == TimeSpan.Zero;

    private Signal RequestNow => new(SignalKind.Request, now.Timestamp, Client: null);

    private InstanceRecord Add(FunctionCore core, InstancePhase phase, FunctionOptions options, bool isMade = false)
    {
        var instance = new InstanceRecord(core.NextKey, options, phase) { IsMade = isMade };
        _core = core with { NextKey = core.NextKey + 1, Instances = core.Instances.Add(instance) };
        _effects.Add(new FunctionEffect.EnterPort(instance.Key));
        return instance;
    }

    private InstanceRecord Set(InstanceRecord instance, InstancePhase phase) => Set(instance with { Phase = phase });

    private InstanceRecord Set(InstanceRecord instance)
    {
        for (var i = 0; i < _core.Instances.Length; i++)
        {
            if (_core.Instances[i].Key == instance.Key)
            {
                _core = _core with { Instances = _core.Instances.SetItem(i, instance) };
            }
        }

        return instance;
    }

    private void TellRestDue() => _afterTelling.Add(new FunctionEffect.TellRestDue());
}
