using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>Keeps a function running, or from running, at the hours of its schedule.</summary>
internal sealed partial class Transition
{
    private void SetHours(Hours hours)
    {
        var before = _core;
        _core = _core with
        {
            Hours = hours,
            Rest = hours.Is is null ? before.Hours.Is is null ? before.Rest : null : new RestDecision(hours.Is == ScheduleIs.Up ? Tier.Running : DeepestOf(tier: null), hours.Reason),
        };
        if (_core.IsShut && !before.IsShut)
        {
            // A wake from a pause is over in a moment, and a cancellation would lose the instance with its memory.
            foreach (var instance in _core.Instances.Where(static instance => instance.Phase is InstancePhase.Starting { From: var from } && !from.IsFrozen()))
            {
                _effects.Add(new FunctionEffect.CancelStart(instance.Key));
            }

            _afterTelling.Add(new FunctionEffect.LetGo(Shut));
        }

        TellRestDue();
    }

    private WaitResult Shut => WaitResult.Shut(_core.Hours.Reason, _core.Hours.Until is { } until ? -now.Since(until) : TimeSpan.FromHours(1));

    // Whatever came to run while it may not, such as a program that somebody else has started, rests as soon as the requests inside have ended.
    private void EndShut()
    {
        if (!_core.IsShut || _core.IsRetired || _core.Asking is not null)
        {
            return;
        }

        // Nobody's wish outlasts it: the first signal afterwards wakes.
        _core = _core with { Wanted = null };
        foreach (var instance in _core.Instances)
        {
            if (instance.Phase is InstancePhase.Running && !(instance.RestAgainAt > now.Timestamp))
            {
                BeginRest(instance, DeepestOf(tier: null), _core.Hours.Reason, FunctionCore.DrainTime);
            }
        }
    }

    // The tier in which a function rests that is told to.
    private Tier DeepestOf(Tier? tier)
    {
        var wanted = tier ?? (_core.Options.Idle.Tier is { } own and not Tier.Running ? own : Tier.Stopped);
        return _core.Tiers.Last(known => known <= wanted);
    }
}
