using Gateway.Activation.Core;
using Gateway.Activation.Scaling;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>
/// Has the instances leave that are too many. One that is surplus gets no more requests as long as others take them, and rests as soon as nobody uses it. So nothing is
/// cut, however long a stream lasts, and if the load grows again before that, the instance is there.
/// </summary>
internal sealed partial class Function
{
    private int _surplus;

    // Those that have the fewest requests leave, the youngest of them first. One that was to leave already goes on to do so.
    private void MarkSurplusLocked(in ScaleDecision decision)
    {
        var count = Math.Max(0, _core.Active - Math.Max(decision.Wanted, _core.Options.Scale.Min));
        if (count == 0 && _surplus == 0)
        {
            return;
        }

        _surplus = 0;
        foreach (var instance in _instances.Values.Where(static instance => FunctionCore.IsServing(instance.Record))
            .OrderByDescending(static instance => instance.IsSurplus).ThenBy(static instance => instance.InFlight).ThenByDescending(static instance => instance.Record.Key).ToArray())
        {
            instance.IsSurplus = _surplus < count;
            _surplus += instance.IsSurplus ? 1 : 0;
        }

        LeaveSurplusLocked(decision.Reason);
    }

    /// <summary>Has the surplus instances leave that nobody uses any more.</summary>
    private void LeaveSurplus()
    {
        lock (_gate)
        {
            if (!_core.IsRetired && _load is { Decision.Reason: { } reason })
            {
                LeaveSurplusLocked(reason);
            }
        }

        Perform();
    }

    private void LeaveSurplusLocked(string reason)
    {
        foreach (var instance in _instances.Values.Where(static instance => instance.IsSurplus && FunctionCore.IsServing(instance.Record)).ToArray())
        {
            // One that is busy on its own account is asked for like any other rest. If nothing speaks against it, this is looked at again.
            if (_core.Waiting == 0 && _core.Active > Math.Max(1, _core.Options.Scale.Min) && instance.InFlight == 0
                && KeptAwake(instance) is null && Vetoed(instance, new RestDecision(Tier.Stopped, reason)) is null && instance.TryCloseEmpty())
            {
                instance.IsSurplus = false;
                _surplus--;
                HandleLocked(new FunctionEvent.SurplusClosed(instance.Record.Key, reason));
            }
        }
    }

    // While it is in use the scaler says which instances are too many. With Auto they rest as soon as nobody uses any of them, since the policy says so only if nobody notices the wake.
    private bool IsKeptLocked(FunctionInstance instance) =>
        _load is { Decision.Wanted: > 1 } && _core.Active > 1 && !instance.IsSurplus
        && (_instances.Values.Any(static other => other.InFlight > 0)
            || (_core.Options.Idle.Tier is not null && _services.Time.GetElapsedTime(_instances.Values.Max(static other => other.LastUse)) < _core.Options.Idle.After));
}
