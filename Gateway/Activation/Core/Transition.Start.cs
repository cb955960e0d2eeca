using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>Handles the end of a start, and decides when a failed one is tried again.</summary>
internal sealed partial class Transition
{
    private void NoteMade(int key)
    {
        if (_core.Find(key) is { } instance)
        {
            Set(instance with { IsMade = true });
        }
    }

    private void EndStart(FunctionEvent.StartSucceeded ready)
    {
        if (_core.Find(ready.Key) is not { Phase: InstancePhase.Starting start } instance)
        {
            return;
        }

        if (_core.IsRetired)
        {
            CallOff(instance, start);
            _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: true));
            return;
        }

        _effects.Add(new FunctionEffect.TellReady(instance.Key));
        _effects.Add(new FunctionEffect.NoteBuild(instance.Key));
        if (!start.ByOthers)
        {
            NoteStart(start.From, ready.Took);
        }

        if (start.Cold is { For: not null })
        {
            // Its requests are another function's, so it has served what it was woken for.
            _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Served));
        }

        if (TryEndLost(instance))
        {
            return;
        }

        if (instance.Options.RunsLike(_core.Options))
        {
            Serve(instance);
        }
        else
        {
            // A reload came while it started. Requests that wait for it get the new program.
            _core = _core with { Wanted = _core.Wanted ?? start.Cold };
            // It runs, so that is where it goes on if its runtime cannot end it. Its door was never opened.
            BeginRest(instance with { Phase = new InstancePhase.Running(_core.NextAdmission, IsDoubted: false) }, Tier.Stopped, RestReasons.Outdated, drain: null);
        }
    }

    // Retry-After is based on starts from nothing, because a client that is told to retry finds no instance that could be woken.
    private void NoteStart(Tier from, TimeSpan took)
    {
        _effects.Add(new FunctionEffect.NoteWake(from, took));
        if (from == Tier.Stopped)
        {
            var before = _core.TypicalStart;
            _core = _core with { TypicalStart = before == TimeSpan.Zero ? took : TimeSpan.FromTicks(((before.Ticks * 3) + took.Ticks) / 4) };
        }
    }

    private void Serve(InstanceRecord instance)
    {
        // The wanted instance is here. If Wanted were kept, it would start the function once more after it came to rest.
        _core = _core with { Wanted = null, MakesAhead = _core.RestsInitialized };
        NoticeExit(Admit(instance with { RunningSince = now.Timestamp }));
    }

    // The door opens last, so that the forwarder knows the instance when the first request gets in.
    private InstanceRecord Admit(InstanceRecord instance)
    {
        var admission = _core.NextAdmission;
        _core = _core with { NextAdmission = admission + 1 };
        _afterTelling.Add(new FunctionEffect.OpenDoor(instance.Key, admission));
        _afterTelling.Add(new FunctionEffect.LetGo(WaitResult.Running));
        return Set(instance, new InstancePhase.Running(admission, IsDoubted: false));
    }

    private void EndStart(FunctionEvent.StartFailed failed)
    {
        if (_core.Find(failed.Key) is not { Phase: InstancePhase.Starting start } instance)
        {
            return;
        }

        if (failed is { IsUntouched: true, Failure: { } elsewhere } && start.From != Tier.Stopped && !_core.IsRetired)
        {
            // It rests as before, with its memory.
            ComeToRest(instance, start.From);
            Fail(instance, elsewhere, failed.Cause);
            TellRestDue();
            return;
        }

        if (failed.Failure is not { } failure)
        {
            CallOff(instance, start);
        }
        else if (!_core.IsRetired && (start.From != Tier.Stopped || (failed.Killed && TryForgive())))
        {
            // The instance at rest is no longer usable (removed, killed, stuck), or somebody ended the program while it started. A start from
            // nothing may work, so no failure is reported yet. The timeline goes on with the next instance, from the same signal.
            EndNow(instance);
            _effects.Add(new FunctionEffect.LogNotWoken(instance.Key, start.From, failure));
            _effects.Add(new FunctionEffect.DropColdStart(instance.Key));
            _core = _core with { Wanted = _core.Wanted ?? start.Cold };
        }
        else
        {
            EndNow(instance);
            Fail(instance, failure, failed.Cause);
        }

        _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: true));
    }

    // This is limited, because a program that is killed each time it starts is a failure all the same.
    private bool TryForgive()
    {
        var isForgiven = _core.BackOff.TryForgive(out var after);
        _core = _core with { BackOff = after };
        return isForgiven;
    }

    // The function was retired, a reload changed its program, or an instance that was found takes this one's place.
    private void CallOff(InstanceRecord instance, InstancePhase.Starting start)
    {
        if (TryCallOffLost(instance))
        {
            return;
        }

        EndNow(instance);
        _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Failed));
        if (!_core.IsRetired && !_core.IsShut)
        {
            _core = _core with { Wanted = _core.Wanted ?? start.Cold };
        }
    }

    private void Fail(InstanceRecord instance, string failure, StartFailureCause cause)
    {
        _core = _core with { LastFailure = failure, LastCause = cause, BackOff = _core.BackOff.AfterFailure(now) };
        var wait = _core.BackOff.Wait;
        _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Failed));
        _effects.Add(new FunctionEffect.LogStartFailed(failure, wait));
        RetryLater(wait);
        if (_core.Active == 0)
        {
            // Otherwise another instance is coming for the requests that wait.
            _afterTelling.Add(new FunctionEffect.LetGo(new WaitResult(failure, wait, cause)));
        }
    }

    private void EndNow(InstanceRecord instance) => Set(instance, new InstancePhase.Ending(instance.Phase.Tier, MayStay: false));

    // No signal starts the function before the back-off is over. Then a request that came meanwhile does, and the kernel is armed again.
    private void RetryLater(TimeSpan wait)
    {
        _core = _core with { HasTimer = true };
        _effects.Add(new FunctionEffect.SetTimer(wait + TimeSpan.FromMilliseconds(1)));
    }

    // Everything that is waited for has to end in an event. This covers a back-off during which another start ended without setting the timer,
    // and the time until an outdated instance that could not be ended is asked again.
    private void KeepTimer()
    {
        if (_core.HasTimer || _core.IsRetired || _core.Asking is not null)
        {
            return;
        }

        if (_core.BackOff.Remaining(now) is var left && left > TimeSpan.Zero)
        {
            RetryLater(left);
        }
        else
        {
            foreach (var instance in _core.Instances)
            {
                if (instance.RestAgainAt is { } at && (IsOutdated(instance) || (_core.IsShut && instance.Phase is InstancePhase.Running)))
                {
                    RetryLater(-now.Since(at));
                    return;
                }
            }
        }
    }

    // The kernel has already disarmed itself for this function. It is armed again soon but not at once, because a flood of SYNs must not become a
    // flood of events. More signals meanwhile do not delay it further.
    private void RearmLater(TimeSpan wait)
    {
        if (!_core.HasTimer)
        {
            RetryLater(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(100));
        }
    }

    private void CancelTimer()
    {
        if (_core.HasTimer)
        {
            _core = _core with { HasTimer = false };
            _effects.Add(new FunctionEffect.SetTimer(null));
        }
    }

    private void OnTimer()
    {
        _core = _core with { HasTimer = false };
        if (_core.IsRetired)
        {
            return;
        }

        // The timer's clock is coarser than ours, so it may fire a few milliseconds early.
        if (_core.BackOff.Remaining(now) is var left && left > TimeSpan.Zero)
        {
            RetryLater(left);
            return;
        }

        _core = _core with { ToldAtRest = null };
    }
}
