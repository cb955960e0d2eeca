using Gateway.Activation.Core;

namespace Gateway.Activation;

/// <summary>Performs each kind of effect. None of them blocks: work that takes time goes to the thread pool, and ends in an event.</summary>
internal sealed partial class Function
{
    private void PerformOwn(FunctionEffect effect, object? subject)
    {
        switch (effect)
        {
            case FunctionEffect.Publish publish:
                Publish(publish, (FunctionInstance[]?)subject);
                break;
            case FunctionEffect.LetGo letGo:
                ((TaskCompletionSource<WaitResult>)subject!).TrySetResult(letGo.Result);
                LetGoPlaces(letGo.Result);
                break;
            case FunctionEffect.NoteRequest note:
                PendingColdStart?.NoteRequest(note.Timestamp);
                break;
            case FunctionEffect.NoteWake note:
                _services.Rest.NoteWake(Name, note.From, note.Took);
                break;
            case FunctionEffect.TellRestDue:
                Tell(observer => observer.OnRestDue(this));
                break;
            case FunctionEffect.SetTimer timer:
                SetTimer(timer.Wait);
                break;
            case FunctionEffect.SetTrial trial:
                SetTrial(trial.Wait);
                break;
            case FunctionEffect.LogScaled scaled:
                LogScaled(scaled);
                break;
            case FunctionEffect.LogStartFailed failed:
                ActivationLog.StartFailed(_services.Logger, Name, failed.Failure, failed.Wait.TotalSeconds);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "There is no such effect.");
        }
    }

    private void Perform(FunctionEffect.OfInstance effect, FunctionInstance instance)
    {
        switch (effect)
        {
            case FunctionEffect.Start start:
                BeginStart(instance, start);
                break;
            case FunctionEffect.GiveUp:
                GiveUp(instance);
                break;
            case FunctionEffect.CancelStart:
                _ = instance.Cancellation.CancelAsync();
                break;
            case FunctionEffect.Make:
                _ = Task.Run(() => MakeAheadAsync(instance));
                break;
            case FunctionEffect.Rest rest:
                // The time limit of the drain begins here.
                var drained = rest.Drain is { } drain ? DrainedAsync(instance, drain) : Task.CompletedTask;
                _ = Task.Run(() => RestAsync(instance, rest, drained));
                break;
            case FunctionEffect.End end:
                _ = Task.Run(() => EndAsync(instance, end));
                break;
            case FunctionEffect.AskWhetherItAnswers ask:
                ActivationLog.Doubted(_services.Logger, Name, instance.Id, ask.Reason);
                _ = Task.Run(() => AskAgainAsync(instance, ask.Admission));
                break;
            case FunctionEffect.TellReady:
                _ = TellReadyAsync(instance);
                break;
            case FunctionEffect.OpenDoor open:
                Open(instance, open.Admission);
                break;
            default:
                NoteOf(effect, instance);
                break;
        }
    }

    // Performs the effects that neither begin nor change anything in the instance.
    private void NoteOf(FunctionEffect.OfInstance effect, FunctionInstance instance)
    {
        switch (effect)
        {
            case FunctionEffect.EnterPort:
                _services.Ports.Enter(instance);
                break;
            case FunctionEffect.LeavePort:
                _services.Ports.Leave(instance);
                break;
            case FunctionEffect.Hurry:
                instance.Runtime?.Hurry();
                break;
            case FunctionEffect.InterruptRest:
                instance.Runtime?.InterruptRest();
                break;
            case FunctionEffect.NoteBuild:
                _services.Rest.NoteBuild(Name, instance.Runtime!.Build);
                break;
            case FunctionEffect.EndColdStart end:
                EndColdStart(instance, end.Outcome);
                break;
            case FunctionEffect.DropColdStart:
                DropColdStart(instance);
                break;
            case FunctionEffect.EndRest:
                instance.EndRest();
                break;
            case FunctionEffect.MarkGone:
                MarkGone(instance);
                break;
            case FunctionEffect.LogNotWoken log:
                ActivationLog.NotWoken(_services.Logger, Name, instance.Id, log.From, log.Failure);
                break;
            case FunctionEffect.LogExited log:
                ActivationLog.Ended(_services.Logger, Name, instance.Id, log.Exit.Reason);
                break;
            case FunctionEffect.LogRested log:
                ActivationLog.Rested(_services.Logger, Name, instance.Id, log.Tier, log.Reason);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "There is no such effect.");
        }
    }

    // The instance may have been brought to rest, doubted or ended before observers could be told that it runs.
    private void Open(FunctionInstance instance, int admission)
    {
        lock (_gate)
        {
            if (instance.Record.Phase is InstancePhase.Running { IsDoubted: false } running && running.Admission == admission)
            {
                instance.Open(_services.Time.GetTimestamp());
            }
        }
    }

    private void MarkGone(FunctionInstance instance)
    {
        lock (_gate)
        {
            _instances.Remove(instance.Record.Key);
        }

        instance.MarkGone();
    }

    private void SetTimer(TimeSpan? wait)
    {
        _timer?.Dispose();
        _timer = wait is { } due
            ? _services.Time.CreateTimer(_ => Handle(new FunctionEvent.TimerFired()), null, due, Timeout.InfiniteTimeSpan)
            : null;
    }
}
