using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation.Core;

/// <summary>Handles instances that refuse connections, and instances whose program has ended.</summary>
internal sealed partial class Transition
{
    private void Doubt(FunctionEvent.Doubted doubted)
    {
        if (_core.IsRetired || _core.Find(doubted.Key) is not { Phase: InstancePhase.Running { IsDoubted: false } running } instance)
        {
            return;
        }

        Set(instance, running with { IsDoubted = true });
        _afterTelling.Add(new FunctionEffect.AskWhetherItAnswers(instance.Key, running.Admission, doubted.Reason));
    }

    private void ResolveDoubt(FunctionEvent.DoubtResolved resolved)
    {
        // It may have been brought to rest, replaced or ended meanwhile.
        if (_core.Find(resolved.Key) is not { Phase: InstancePhase.Running { IsDoubted: true } running, Exit: null } instance || running.Admission != resolved.Admission)
        {
            return;
        }

        if (resolved.Answers)
        {
            Admit(instance);
        }
        else
        {
            BeginRest(instance, Tier.Stopped, RestReasons.Silent, FunctionCore.DrainTime);
        }
    }

    // While work is under way on the instance, that work may see the end itself. If it does not, the end is noticed when the work is done.
    private void NoteExit(FunctionEvent.Exited exited)
    {
        if (_core.Find(exited.Key) is { Exit: null } instance)
        {
            NoticeExit(Set(instance with { Exit = exited.Exit }));
        }
    }

    private bool NoticeExit(InstanceRecord instance)
    {
        if (instance.Exit is not { } exit || !instance.Phase.MayRest || _core.IsRetired)
        {
            return false;
        }

        Judge(instance, exit);
        EndNow(instance);
        _effects.Add(new FunctionEffect.EndColdStart(instance.Key, ColdStartOutcome.Wasted));
        _afterTelling.Add(new FunctionEffect.LogExited(instance.Key, exit));
        _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: true));
        return true;
    }

    // A program that ends soon after it became ready counts as a failed start, unless somebody ended it. One that ends at rest has not
    // failed any request.
    private void Judge(InstanceRecord instance, InstanceExit exit)
    {
        var isYoung = instance.RunningSince is { } since && now.Since(since) < BackOff.Young;
        if (_core.Options.IsJob && exit.ExitCode == 0)
        {
            _core = _core with { BackOff = _core.BackOff.AfterSuccess() };
        }
        else if (instance.Phase is InstancePhase.AtRest)
        {
            _core = _core with { MakesAhead = _core.MakesAhead || (!isYoung && _core.RestsInitialized) };
        }
        else if (!isYoung)
        {
            _core = _core with { BackOff = _core.BackOff.AfterSuccess() };
        }
        else if (!exit.ByOthers)
        {
            _core = _core with
            {
                LastCause = StartFailureCause.Failed,
                LastFailure = $"Gateway:Functions:{_core.Options.Name}: it ended: {exit.Reason}",
                BackOff = _core.BackOff.AfterEarlyEnd(now),
            };
            RetryLater(_core.BackOff.Wait);
        }
    }

    private void EndMaking(FunctionEvent.MakeFailed failed)
    {
        if (_core.Find(failed.Key) is { Phase: InstancePhase.Making } instance)
        {
            EndNow(instance);
            _afterTelling.Add(new FunctionEffect.End(instance.Key, Stop: true));
        }
    }

    private void Remove(FunctionEvent.Gone gone)
    {
        if (_core.Find(gone.Key) is not { } instance)
        {
            return;
        }

        if (gone.RestReason is { } reason)
        {
            NoteRest(gone.Key);
            _effects.Add(new FunctionEffect.LogRested(gone.Key, Tier.Stopped, reason));
            TellRestDue();
        }

        _core = _core with { Instances = _core.Instances.Remove(instance) };
        _effects.Add(new FunctionEffect.LeavePort(gone.Key));
        _afterTelling.Add(new FunctionEffect.MarkGone(gone.Key));
    }
}
