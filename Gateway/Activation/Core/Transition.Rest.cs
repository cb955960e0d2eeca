using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>Brings instances to rest, on demand or by the rest policy's decision, and handles a rest that fails.</summary>
internal sealed partial class Transition
{
    private void Sleep(Tier? tier, string reason)
    {
        var deepest = DeepestOf(tier);
        _core = _core with { Rest = new RestDecision(deepest, reason), MakesAhead = _core.MakesAhead && deepest != Tier.Stopped };
        foreach (var instance in _core.Instances.Where(instance => instance.Phase.MayRest && instance.Phase.Tier > deepest))
        {
            BeginRest(instance, deepest, reason, FunctionCore.DrainTime);
        }
    }

    private void Decide(FunctionEvent.RestDecided decided)
    {
        var decision = decided.Decision;
        _core = _core with { Rest = decision, Expected = decision.WakeIn is { } wait ? now.After(wait) : null };
        if (decided.Key is not { } key || _core.Find(key) is not { Phase.MayRest: true } instance || decision.Tier >= instance.Phase.Tier)
        {
            return;
        }

        if (instance.Phase is InstancePhase.AtRest || decided.IsDoorClosed)
        {
            BeginRest(instance, decision.Tier, decision.Reason, drain: null);
        }
    }

    // The last one that runs is never surplus: it rests by the rules for a function that nobody uses.
    private void Leave(FunctionEvent.SurplusClosed surplus)
    {
        if (_core.Find(surplus.Key) is { Phase: InstancePhase.Running } instance && !_core.IsRetired && _core.Active > Math.Max(1, _core.Options.Scale.Min))
        {
            BeginRest(instance, DeepestOf(tier: null), surplus.Reason, drain: null);
        }
    }

    private void BeginRest(InstanceRecord instance, Tier tier, string reason, TimeSpan? drain, bool stop = true)
    {
        var from = instance.Phase.Tier;
        Set(instance, tier == Tier.Stopped ? new InstancePhase.Ending(from, MayStay: true) : new InstancePhase.Leaving(from, tier));
        HurryIfAwaited();
        _afterTelling.Add(new FunctionEffect.Rest(instance.Key, tier, reason, drain, stop));
    }

    // Waiting requests have to wait until an instance that stops has stopped, unless Scale:Max leaves room for another one.
    private void HurryIfAwaited()
    {
        if (_core.Waiting == 0 || _core.CanBegin)
        {
            return;
        }

        foreach (var instance in _core.Instances.Where(static instance => instance.Phase is InstancePhase.Leaving or InstancePhase.Ending))
        {
            _effects.Add(new FunctionEffect.Hurry(instance.Key));
        }
    }

    // Memory that is being pushed out to swap is wanted back.
    private void InterruptPageOut()
    {
        foreach (var instance in _core.Instances.Where(static instance => instance.Phase is InstancePhase.Leaving { To: Tier.PagedOut }))
        {
            _effects.Add(new FunctionEffect.InterruptRest(instance.Key));
        }
    }

    private void EndRest(FunctionEvent.Rested rested)
    {
        if (_core.Find(rested.Key) is not { Phase: InstancePhase.Leaving or InstancePhase.Making } instance)
        {
            return;
        }

        NoteRest(instance.Key);
        _effects.Add(new FunctionEffect.LogRested(instance.Key, rested.Tier, rested.Reason));
        ComeToRest(instance, rested.Tier);
        _afterTelling.Add(new FunctionEffect.EndRest(instance.Key));
        TellRestDue();
    }

    private void NoteRest(int key)
    {
        _core = _core with { BackOff = _core.BackOff.AfterSuccess(), StoppedSince = now.Timestamp };
        _effects.Add(new FunctionEffect.EndColdStart(key, ColdStartOutcome.Wasted));
    }

    // The instance rests in the tier from now on, unless the function is retired or the program has ended.
    private void ComeToRest(InstanceRecord instance, Tier tier)
    {
        instance = Set(instance, new InstancePhase.AtRest(tier));
        if (_core.IsRetired)
        {
            BeginRest(instance, Tier.Stopped, RestReasons.Retired, drain: null, _core.StopsRetired);
        }
        else
        {
            NoticeExit(instance);
        }
    }

    private void EndRest(FunctionEvent.RestFailed failed)
    {
        if (_core.Find(failed.Key) is not { Phase: InstancePhase.Leaving or InstancePhase.Ending { MayStay: true } } instance)
        {
            return;
        }

        var from = instance.Phase.Tier;
        if (_core.IsRetired || instance.Exit is not null)
        {
            // The runtime is not asked again for what has just failed.
            var isAsked = instance.IsEnding || (_core.IsRetired && !_core.StopsRetired);
            EndNow(instance);
            _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: !isAsked, failed.Reason));
            return;
        }

        // As far as is known it is where it was, so it goes on serving or resting. It is asked to rest again later, not at once.
        instance = instance with { RestAgainAt = now.After(FunctionCore.RestAgain) };
        if (from == Tier.Running)
        {
            Serve(instance);
        }
        else
        {
            ComeToRest(instance, from);
        }

        _afterTelling.Add(new FunctionEffect.EndRest(instance.Key));
        TellRestDue();
    }

    // An instance that was made from options of another program ends once the requests inside have ended.
    private void EndOutdated()
    {
        if (_core.IsRetired || _core.Asking is not null)
        {
            return;
        }

        foreach (var instance in _core.Instances)
        {
            if (IsOutdated(instance) && !(instance.RestAgainAt > now.Timestamp))
            {
                BeginRest(instance, Tier.Stopped, RestReasons.Outdated, FunctionCore.DrainTime);
            }
        }
    }

    private bool IsOutdated(InstanceRecord instance) => instance.Phase.MayRest && !instance.Options.RunsLike(_core.Options);
}
