using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>The end of an instance: noticed, judged, and cleaned up behind.</summary>
internal sealed partial class Function
{
    // Under the lock. One that ends while it starts or is brought to rest is seen by those who do that; if it ended while
    // nobody looked, this hears of it at once.
    private void WatchExit(FunctionInstance instance)
    {
        if (!instance.IsWatched)
        {
            instance.IsWatched = true;
            _ = Task.Run(() => WatchExitAsync(instance));
        }
    }

    private async Task WatchExitAsync(FunctionInstance instance)
    {
        var exit = await instance.Runtime!.Exited;
        lock (_gate)
        {
            instance.IsWatched = false;
            if (!MayRest(instance) || _retired)
            {
                return;
            }

            NoteEnd(instance, exit);
            instance.BeginEnd();
            _ = instance.CloseAsync();
            Complete(instance, ColdStartOutcome.Wasted);
            Publish();
        }

        ActivationLog.Ended(_services.Logger, Name, instance.Id, exit.Reason);
        await EndAsync(instance);
    }

    // Under the lock. One that dies young is a failed start in slow motion, unless somebody ended it; one that dies at rest has
    // failed nobody.
    private void NoteEnd(FunctionInstance instance, InstanceExit exit)
    {
        var young = _services.Time.GetElapsedTime(instance.RunningSince) < BackOff.Young;
        if (instance.IsAtRest)
        {
            _ahead |= !young && IsAhead(Options);
        }
        else if (!young)
        {
            _backOff.Succeed();
        }
        else if (!exit.ByOthers)
        {
            _lastCause = StartFailureCause.Failed;
            _lastFailure = $"Gateway:Functions:{Name}: it ended: {exit.Reason}";
            RetryLater(_backOff.FailYoung());
        }
    }

    private async Task EndAsync(FunctionInstance instance)
    {
        await DisposeRuntimeAsync(instance, stop: true);
        lock (_gate)
        {
            Remove(instance);
        }
    }

    // Under the lock: nothing of it is left.
    private void Remove(FunctionInstance instance)
    {
        _instances.Remove(instance);
        _services.Ports.Leave(instance);
        Reconcile();
        instance.MarkGone();
    }

    private async Task DisposeRuntimeAsync(FunctionInstance instance, bool stop)
    {
        if (instance.Runtime is not { } runtime)
        {
            return;
        }

        if (stop)
        {
            TellEnding(runtime, Tier.Stopped);
        }

        // Disposed whatever came of the stop: the runtime ends later what it could not end now.
        await TryAsync(instance, stop ? runtime.StopAsync(CancellationToken.None) : Task.CompletedTask);
        await TryAsync(instance, runtime.DisposeAsync().AsTask());
    }

    private async Task TryAsync(FunctionInstance instance, Task end)
    {
        try
        {
            await end;
        }
        catch (Exception error)
        {
            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
        }
    }
}
