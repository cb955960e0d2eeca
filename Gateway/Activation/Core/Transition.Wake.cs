using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>Decides what becomes of signals and waiting callers, and compares what is wanted with what there is.</summary>
internal sealed partial class Transition
{
    // Returns null if the budget has to be asked.
    private SignalOutcome? Wake(in Signal signal, SignalOutcome? refused = null, TimeSpan rearmIn = default)
    {
        if (signal.IsProven)
        {
            Prove();
        }

        if (_core.IsRunning)
        {
            return SignalOutcome.Running;
        }

        if (_core.IsRetired || _core.IsShut || !_core.Options.LetsWake(signal.Strength))
        {
            return SignalOutcome.Ignored;
        }

        if (refused is not null || signal.Strength < _core.Earliest)
        {
            RearmLater(rearmIn);
            return refused ?? SignalOutcome.Distrusted;
        }

        if (!_core.IsOpen)
        {
            Want(signal);
            return SignalOutcome.Joined;
        }

        if (_core.Active > 0)
        {
            _core = _core with { IsJoined = _core.IsJoined || signal is { IsProven: true, Kind: not SignalKind.Request } };
            return SignalOutcome.Joined;
        }

        if (!MayTry(signal.Kind))
        {
            // Only a request makes the function start by itself when the back-off is over, because a handshake may be forged.
            if (signal.Kind == SignalKind.Request)
            {
                Want(signal);
            }

            return SignalOutcome.BackOff;
        }

        var isStopping = !_core.CanBegin;
        if (signal.Kind == SignalKind.Request)
        {
            Want(signal);
            return isStopping ? SignalOutcome.Joined : SignalOutcome.Woke;
        }

        if (isStopping)
        {
            Want(signal);
            return SignalOutcome.Joined;
        }

        Ask(new BudgetQuestion(BudgetPurpose.Signal, signal));
        return null;
    }

    // The caller counts as demand from here on, so that the start it needs waits for the budget if need be.
    private void BeginWait(FunctionEvent.WaitBegan wait)
    {
        if (_core.IsRunning && !wait.NeedsPlace)
        {
            _immediate = WaitResult.Running;
            return;
        }

        if (_core.IsRetired)
        {
            _immediate = WaitResult.Removed;
            return;
        }

        if (_core.IsShut)
        {
            _immediate = Shut;
            return;
        }

        _core = _core with { Waiting = _core.Waiting + 1 };
        _outcome = Wake(wait.Signal);
        if (_outcome == SignalOutcome.BackOff)
        {
            _core = _core with { Waiting = _core.Waiting - 1 };
            _immediate = new WaitResult(_core.LastFailure, _core.BackOff.Remaining(now), _core.LastCause);
            return;
        }

        if (wait.IsRequest)
        {
            _afterTelling.Add(new FunctionEffect.NoteRequest(wait.Signal.Timestamp));
        }

        HurryIfAwaited();
    }

    private void Want(in Signal signal)
    {
        _core = _core with { Wanted = _core.Wanted ?? signal };
        InterruptPageOut();
    }

    private void Ask(BudgetQuestion question)
    {
        _core = _core with { Asking = question };
        _effects.Add(new FunctionEffect.AskBudget());
    }

    private void TakeAnswer(FunctionEvent.BudgetAnswered answer)
    {
        if (_core.Asking is not { } question)
        {
            return;
        }

        var isGranted = answer.IsGranted;

        _core = _core with { Asking = null };
        if (isGranted)
        {
            Begin(question.Signal, isBudgeted: true, isCold: question.Purpose is BudgetPurpose.Signal or BudgetPurpose.Wanted);
        }

        switch (question.Purpose)
        {
            case BudgetPurpose.Signal:
                _outcome = isGranted ? SignalOutcome.Woke : SignalOutcome.OverBudget;
                break;
            case BudgetPurpose.Wanted when !isGranted:
                _core = _core with { Wanted = null };
                break;
            case BudgetPurpose.Scale when isGranted:
                Scale(question.Wanted, question.Signal);
                break;
        }

        if (!isGranted && question.Purpose is BudgetPurpose.Signal or BudgetPurpose.Wanted)
        {
            RearmLater(answer.RearmIn);
        }
    }

    // Compares what is wanted with what there is, and starts what is missing.
    private void Reconcile()
    {
        if (!_core.IsOpen || _core.IsRetired || _core.IsShut || _core.Asking is not null)
        {
            return;
        }

        ForgetOldSyn();
        if (_core.Active == 0 && _core.CanBegin && (_core.Waiting > 0 || _core.Wanted is not null) && MayTry(_core.Wanted?.Kind ?? SignalKind.Request))
        {
            var signal = _core.Wanted ?? RequestNow;
            if (_core.Waiting == 0 && signal.Kind != SignalKind.Request)
            {
                // A handshake gets a start only if the budget has one free now, as at any other time.
                Ask(new BudgetQuestion(BudgetPurpose.Wanted, signal));
                return;
            }

            Begin(signal, isBudgeted: false, isCold: true);
        }

        if (IsBackOffOver)
        {
            while (_core.Active < _core.Kept && _core.CanBegin)
            {
                Begin(RequestNow, isBudgeted: false, isCold: false);
            }

            MakeAhead();
        }
    }

    private void NoteScale(FunctionEvent.ScaleDecided decided)
    {
        if (decided.Before != decided.Wanted)
        {
            _afterTelling.Add(new FunctionEffect.LogScaled(decided.Before, decided.Wanted, decided.Reason));
        }
    }

    // Only a wake starts the first instance, so there is nothing to scale without one.
    private void Scale(int wanted, in Signal signal)
    {
        var active = _core.Active;
        if (_core.Options.Scale.Max > 1 && !_core.IsRetired && !_core.IsShut && _core.IsOpen && IsBackOffOver && active > 0 && active < wanted && _core.CanBegin)
        {
            Ask(new BudgetQuestion(BudgetPurpose.Scale, signal, wanted));
        }
    }

    // A request for a program that ran and ended young gets one more start before the back-off counts. A handshake does
    // not, because it may be forged.
    private bool MayTry(SignalKind kind) =>
        IsBackOffOver || (_core.BackOff.HasOneMore && (kind == SignalKind.Request || _core.Waiting > 0));

    private void Begin(in Signal signal, bool isBudgeted, bool isCold)
    {
        _core = _core with { Wanted = null, BackOff = _core.BackOff.AfterBegin(), IsJoined = false };
        CancelTimer();
        Signal? cold = isCold && !_core.IsRunning ? signal : null;
        var resting = _core.Instances.Where(static instance => instance.Phase is InstancePhase.AtRest).MaxBy(static instance => instance.Phase.Tier);
        var instance = resting is null
            ? Add(_core, new InstancePhase.Starting(Tier.Stopped, cold, ByOthers: false), _core.Options)
            : Set(resting, new InstancePhase.Starting(resting.Phase.Tier, cold, ByOthers: false));
        _effects.Add(new FunctionEffect.Start(instance.Key, cold, instance.Phase.Tier, isBudgeted));
        BeginTrial(instance, cold);
    }

    // An expected request is treated like a handshake: it gets a start only if the budget has one free now.
    private void WakeExpected()
    {
        if (!_core.IsOpen || _core.IsRetired || _core.UntilExpected(now) != TimeSpan.Zero)
        {
            return;
        }

        _core = _core with { Expected = null };
        if (!_core.IsShut && _core.Active == 0 && _core.CanBegin && IsBackOffOver)
        {
            Ask(new BudgetQuestion(BudgetPurpose.Expected, RequestNow));
        }
    }

    // A function that rests initialized does so before its first wake too. This is tried once, and again after something has run or changed.
    private void MakeAhead()
    {
        if (_core.MakesAhead && _core.Instances.IsEmpty)
        {
            var instance = Add(_core with { MakesAhead = false }, new InstancePhase.Making(), _core.Options);
            _afterTelling.Add(new FunctionEffect.Make(instance.Key));
        }
    }
}
