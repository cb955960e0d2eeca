using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>What the configuration does to it, and what others do with its instances: people use the engine too.</summary>
internal sealed partial class Transition
{
    // One that is there already, before it is known what becomes of it.
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
        // The user may have mended what was broken.
        _core = _core with
        {
            Options = options,
            Tiers = updated.Tiers,
            BackOff = _core.BackOff.AfterSuccess(),
            ToldAtRest = null,
            MakesAhead = FunctionCore.RestsInitialized(options),
        };
        foreach (var instance in _core.Instances.Where(instance => instance.Phase is InstancePhase.Starting && !instance.Options.RunsLike(options)))
        {
            // Those who wait for it get the new program; it may never have become ready, and this be the cure.
            _effects.Add(new FunctionEffect.CancelStart(instance.Key));
        }

        TellRestDue();
    }

    private void Retire(FunctionEvent.Retired retired)
    {
        _core = _core with { IsRetired = true, StopsRetired = retired.Stop };
        CancelTimer();
        foreach (var instance in _core.Instances)
        {
            if (instance.Phase.MayRest)
            {
                BeginRest(instance, Tier.Stopped, RestReasons.Retired, retired.Drain, retired.Stop);
            }
            else
            {
                // One that starts, or that waits for the budget to be made ahead.
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

        // Whatever has failed before, somebody has given it a new start.
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

    // What runs already is there sooner than a start that has nothing to run yet, and may want the same port: such a start
    // gives way, and those who wait for it get what was found.
    private bool HasRoomForFound()
    {
        // One whose program has ended may still be being cleaned up behind.
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

    // Its program is executed already, and what is left to do is to hear that it answers. Nobody measured the start.
    private void FollowStart(InstanceRecord instance)
    {
        var from = instance.Phase.Tier;
        Set(instance, new InstancePhase.Starting(from, Cold: null, ByOthers: true));
        _effects.Add(new FunctionEffect.Start(instance.Key, Cold: null, from, IsBudgeted: false));
    }
}
