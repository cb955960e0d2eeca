using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>Handles changes of the configuration, and what other users of the engine do with the function's instances.</summary>
internal sealed partial class Transition
{
    // The phase of an instance that is there already, until it is known what becomes of it.
    private static readonly InstancePhase Here = new InstancePhase.Starting(Tier.Stopped, Cold: null, ByOthers: true);

    private void Open()
    {
        _core = _core with { IsOpen = true };
        Reconcile();
        if (_core.Options.Idle.Tier is null || !_core.Instances.IsEmpty)
        {
            TellRestDue();
        }
    }

    private void Update(FunctionEvent.Updated updated)
    {
        var options = updated.Options;
        // The user may have fixed the cause of the failure.
        _core = _core with
        {
            Options = options,
            BackOff = _core.BackOff.AfterSuccess(),
            ToldAtRest = null,
        };
        Take(updated.Tiers);
        foreach (var instance in _core.Instances.Where(instance => instance.Phase is InstancePhase.Starting && !instance.Options.RunsLike(options)))
        {
            // Requests that wait for it get the new program. The old one may never become ready, and the reload may be the fix.
            _effects.Add(new FunctionEffect.CancelStart(instance.Key));
        }

        TellRestDue();
    }

    private void Find(FunctionTiers tiers)
    {
        if (!_core.Tiers.SequenceEqual(tiers.All) || _core.MissingTier != tiers.Missing)
        {
            Take(tiers);
            TellRestDue();
        }
    }

    private void Take(FunctionTiers tiers)
    {
        _core = _core with { Tiers = tiers.All, MissingTier = tiers.Missing };
        _core = _core with { MakesAhead = _core.RestsInitialized };
    }

    private void Retire(FunctionEvent.Retired retired)
    {
        _core = _core with { IsRetired = true, StopsRetired = retired.Stop };
        CancelTimer();
        InterruptPageOut();
        foreach (var instance in _core.Instances)
        {
            if (instance.Phase.MayRest)
            {
                BeginRest(instance, Tier.Stopped, RestReasons.Retired, retired.Drain, retired.Stop);
            }
            else
            {
                // It starts, or waits for the budget to be made ahead.
                _effects.Add(new FunctionEffect.CancelStart(instance.Key));
            }
        }

        _afterTelling.Add(new FunctionEffect.LetGo(WaitResult.Removed));
        TellRestDue();
    }

    private void Adopt(Tier tier)
    {
        var instance = Add(_core, Here, _core.Options, isMade: true);
        _effects.Add(new FunctionEffect.NoteBuild(instance.Key));
        if (tier == Tier.Running && !_core.IsRetired)
        {
            Serve(instance);
        }
        else
        {
            ComeToRest(instance, tier);
        }
    }

    private bool TryTake(FunctionEvent.Found found)
    {
        if (_core.IsRetired || !HasRoomForFound())
        {
            return false;
        }

        // Past failures no longer count, because somebody has started it again.
        _core = _core with { BackOff = _core.BackOff.AfterSuccess() };
        var instance = Add(_core, Here, found.MadeFrom, isMade: true);
        _effects.Add(new FunctionEffect.NoteBuild(instance.Key));
        if (found.Tier == Tier.Running)
        {
            FollowStart(instance);
        }
        else
        {
            ComeToRest(instance, found.Tier);
            TellRestDue();
        }

        return true;
    }

    // A program that runs already is ready sooner than a start that has made nothing yet, and both may want the same port. So
    // such a start is canceled, and the requests that wait for it get the instance that was found.
    private bool HasRoomForFound()
    {
        // An instance whose program has ended is not counted, even if its remains are still being removed.
        if (_core.Instances.Count(static instance => instance.Exit is null) < _core.Options.Scale.Max)
        {
            return true;
        }

        if (_core.Instances.FirstOrDefault(static instance => instance is { IsMade: false, Phase: InstancePhase.Starting }) is not { } start)
        {
            return false;
        }

        _effects.Add(new FunctionEffect.CancelStart(start.Key));
        return true;
    }

    private bool TryFollow(FunctionEvent.Moved moved)
    {
        if (_core.Find(moved.Key) is not { } instance || !_core.MayFollow(instance, moved.Tier))
        {
            return false;
        }

        if (moved.Tier == Tier.Running)
        {
            FollowStart(instance);
            return true;
        }

        if (FunctionCore.IsServing(instance) && !moved.IsDoorClosed)
        {
            return false;
        }

        _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Wasted));
        _core = _core with { Rest = new RestDecision(moved.Tier, RestReasons.ByOthers) };
        ComeToRest(instance, moved.Tier);
        TellRestDue();
        return true;
    }

    // The program has been executed already; it only has to be awaited until it answers. Nobody measured the start.
    private void FollowStart(InstanceRecord instance)
    {
        var from = instance.Phase.Tier;
        Set(instance, new InstancePhase.Starting(from, Cold: null, ByOthers: true));
        _effects.Add(new FunctionEffect.Start(instance.Key, Cold: null, from, IsBudgeted: false));
    }
}
