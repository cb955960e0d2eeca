using System.Diagnostics.CodeAnalysis;
using Gateway.Activation.Core;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Has the two halves of the shell: an event goes through the core under the lock, and its effects are performed after the lock, in order.</summary>
/// <remarks>
/// The thread that brings an event performs its effects, so that a signal meets no queue on its way to a start. If another thread is already
/// performing effects, that thread performs these as well, so no effect overtakes an earlier one, and no thread waits.
/// </remarks>
internal sealed partial class Function
{
    private static readonly Task<WaitResult> LetGoAtOnce = Task.FromResult(WaitResult.Running);

    private readonly Queue<PendingEffect> _pending = new();
    private bool _isPerforming;
    private TaskCompletionSource<WaitResult> _waiters = NewWaiters();
    private Task<WaitResult> _lastLetGo = LetGoAtOnce;

    private Step Handle(FunctionEvent what)
    {
        Step step;
        lock (_gate)
        {
            step = HandleLocked(what);
        }

        Perform();
        return step;
    }

    // Called under the lock. The caller has to call Perform after it has left the lock.
    private Step HandleLocked(FunctionEvent what, IInstance? added = null)
    {
        var now = Now;
        var step = _core.Handle(what, now);
        Commit(step.Core, now.Timestamp, added);
        foreach (var effect in step.Effects)
        {
            if (effect is FunctionEffect.AskBudget)
            {
                var answered = AskBudgetLocked(step.Core.Asking!);
                step = step with { Outcome = step.Outcome ?? answered.Outcome };
                continue;
            }

            _pending.Enqueue(new PendingEffect(effect, SubjectOf(effect)));
        }

        return step;
    }

    // Shows the core to readers without the lock. Doors close at once, but open only after observers know the instance.
    private void Commit(FunctionCore core, long now, IInstance? added)
    {
        var before = _core;
        Volatile.Write(ref _core, core);
        if (!ReferenceEquals(before, core))
        {
            Interlocked.Increment(ref _version);
        }

        SettleTrial();
        if (before.Instances == core.Instances)
        {
            return;
        }

        foreach (var record in core.Instances)
        {
            if (!_instances.TryGetValue(record.Key, out var instance))
            {
                _instances[record.Key] = new FunctionInstance(record, now) { Runtime = record.Key == before.NextKey ? added : null, Watcher = _load is null ? null : this };
            }
            else if (!ReferenceEquals(instance.Record, record))
            {
                instance.Take(record, now);
            }
        }
    }

    // Binds an effect to its subject as it is now, so that a caller who begins to wait afterwards is not let go by it.
    private object? SubjectOf(FunctionEffect effect)
    {
        switch (effect)
        {
            case FunctionEffect.OfInstance of:
                return _instances[of.Key];
            case FunctionEffect.Publish { Running: true } publish:
                return publish.Core.Instances.Where(FunctionCore.IsServing).Select(record => _instances[record.Key]).ToArray();
            case FunctionEffect.LetGo:
                var waiters = _waiters;
                (_waiters, _lastLetGo) = (NewWaiters(), waiters.Task);
                return waiters;
            default:
                return null;
        }
    }

    private void Perform()
    {
        lock (_gate)
        {
            if (_isPerforming)
            {
                return;
            }

            _isPerforming = true;
        }

        while (TryNext(out var next))
        {
            Perform(next.Effect, next.Subject);
        }
    }

    private bool TryNext([NotNullWhen(true)] out PendingEffect? next)
    {
        lock (_gate)
        {
            return _isPerforming = _pending.TryDequeue(out next);
        }
    }

    private void Perform(FunctionEffect effect, object? subject)
    {
        try
        {
            if (effect is FunctionEffect.OfInstance of)
            {
                Perform(of, (FunctionInstance)subject!);
            }
            else
            {
                PerformOwn(effect, subject);
            }
        }
        catch (Exception error)
        {
            // The effects after this one still have to be performed.
            ActivationLog.NotDone(_services.Logger, Name, effect.GetType().Name, error);
        }
    }

    private static TaskCompletionSource<WaitResult> NewWaiters() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A class: of a queue of structs no code is compiled ahead, and the first wakes would pay for that.
    private sealed record PendingEffect(FunctionEffect Effect, object? Subject);
}
