using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>Coming to rest: asked to, or by the policy's decision, and what becomes of a rest that fails.</summary>
internal sealed partial class Transition
{
    private void Sleep(Tier? tier)
    {
        var deepest = tier ?? (_core.Options.Idle.Tier is { } own and not Tier.Running ? own : Tier.Stopped);
        _core = _core with { Rest = new RestDecision(deepest, RestReasons.Asked), MakesAhead = _core.MakesAhead && deepest != Tier.Stopped };
        foreach (var instance in _core.Instances.Where(instance => instance.Phase.MayRest && instance.Phase.Tier > deepest))
        {
            BeginRest(instance, deepest, RestReasons.Asked, FunctionCore.DrainTime);
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

    private void BeginRest(InstanceRecord instance, Tier tier, string reason, TimeSpan? drain, bool stop = true)
    {
        var from = instance.Phase.Tier;
        Set(instance, tier == Tier.Stopped ? new InstancePhase.Ending(from, MayStay: true) : new InstancePhase.Leaving(from, tier));
        HurryIfAwaited();
        _afterTelling.Add(new FunctionEffect.Rest(instance.Key, tier, reason, drain, stop));
    }

    // Whoever waits does so until what stops has stopped, unless the scale has room beside it.
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

    // It rests there from now on, if it is wanted there.
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
            // Not asked a second time for what it has just refused.
            var isAsked = instance.IsEnding || (_core.IsRetired && !_core.StopsRetired);
            EndNow(instance);
            _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: !isAsked, failed.Reason));
            return;
        }

        // It is where it was as far as anybody knows, so it goes on serving or resting. That is tried again, but not at once.
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

    // What was made from options of another program goes, once whoever is inside has gone.
    private void EndOutdated()
    {
        if (_core.IsRetired || _core.Asking is not null)
        {
            return;
        }

        foreach (var instance in _core.Instances.Where(instance => IsOutdated(instance) && !(instance.RestAgainAt > now.Timestamp)))
        {
            BeginRest(instance, Tier.Stopped, RestReasons.Outdated, FunctionCore.DrainTime);
        }
    }

    private bool IsOutdated(InstanceRecord instance) => instance.Phase.MayRest && !instance.Options.RunsLike(_core.Options);
}
