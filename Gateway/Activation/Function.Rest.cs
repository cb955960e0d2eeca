using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Coming to rest: asked to, or by a decision of the function itself, and what becomes of a rest that fails.</summary>
internal sealed partial class Function
{
    private long _stoppedSince;
    private bool _stopRetired;

    /// <summary>
    /// Drains and brings to rest every instance that is less deep; a start in flight is left alone. Streams that do not end
    /// are cut after <see cref="FunctionRegistry.DrainTime"/>: until then no other instance may start in their place.
    /// </summary>
    /// <param name="tier">Null: what <c>Idle:Tier</c> says, <c>Auto</c> and <c>Running</c> being <see cref="Tier.Stopped"/>.</param>
    /// <returns>A task that completes when all of these instances rest.</returns>
    public Task SleepAsync(Tier? tier = null)
    {
        List<Task> rests = [];
        lock (_gate)
        {
            var deepest = tier ?? (Options.Idle.Tier is { } own and not Tier.Running ? own : Tier.Stopped);
            _rest = new RestDecision(deepest, Asked);
            _ahead &= deepest != Tier.Stopped;
            foreach (var instance in _instances.Where(MayRest).Where(instance => instance.Tier > deepest).ToArray())
            {
                rests.Add(BeginRest(instance, deepest, Asked, DrainedAsync(instance, FunctionRegistry.DrainTime)));
            }
        }

        return Task.WhenAll(rests);
    }

    private async Task DrainedAsync(FunctionInstance instance, TimeSpan drain)
    {
        try
        {
            // Whoever still uses one that has ended hears of it from his connection, once that is closed.
            await Task.WhenAny(instance.CloseAsync(), instance.Runtime!.Exited).WaitAsync(drain, _services.Time);
        }
        catch (TimeoutException)
        {
            ActivationLog.DrainCut(_services.Logger, Name, instance.Id, instance.InFlight);
        }
    }

    // Under the lock.
    private Task BeginRest(FunctionInstance instance, Tier tier, string reason, Task drained, bool stop = true)
    {
        if (tier == Tier.Stopped)
        {
            instance.BeginEnd();
        }
        else
        {
            instance.State = InstanceState.Draining;
        }
        HurryIfAwaited();
        Publish();
        return Task.Run(() => RestAsync(instance, tier, reason, drained, stop));
    }

    // Under the lock: whoever waits does so until what stops has stopped, unless the scale has room beside it.
    private void HurryIfAwaited()
    {
        if (_waiting == 0 || CanBegin)
        {
            return;
        }

        foreach (var instance in _instances.Where(instance => instance.State == InstanceState.Draining))
        {
            instance.Runtime?.Hurry();
        }
    }

    private async Task RestAsync(FunctionInstance instance, Tier tier, string reason, Task drained, bool stop)
    {
        await drained;
        var ended = true;
        try
        {
            if (stop)
            {
                var runtime = instance.Runtime!;
                TellEnding(runtime, tier);
                await (tier == Tier.Stopped ? runtime.StopAsync(CancellationToken.None) : runtime.RestAsync(tier, CancellationToken.None));
            }
        }
        catch (Exception error)
        {
            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
            if (StayUp(instance))
            {
                return;
            }

            ended = tier == Tier.Stopped || (_retired && !_stopRetired);
            tier = Tier.Stopped;
            instance.BeginEnd();
        }

        if (tier == Tier.Stopped)
        {
            await DisposeRuntimeAsync(instance, stop: !ended);
        }

        AtRest(instance, tier, reason);
    }

    // It is where it was as far as anybody knows, so it goes on serving or resting; the idle timer tries again. False when it
    // has ended, or nobody is to be served any more.
    private bool StayUp(FunctionInstance instance)
    {
        lock (_gate)
        {
            var now = _services.Time.GetTimestamp();
            if (_retired || instance.Runtime!.Exited.IsCompleted)
            {
                return false;
            }

            if (instance.Tier == Tier.Running)
            {
                Serve(instance, now);
            }
            else
            {
                Settle(instance, instance.Tier, now);
                Reconcile();
            }

            Tell(observer => observer.OnRestDue(this));
            return true;
        }
    }

    private void AtRest(FunctionInstance instance, Tier tier, string reason)
    {
        lock (_gate)
        {
            _backOff.Succeed();
            _stoppedSince = _services.Time.GetTimestamp();
            Complete(instance, ColdStartOutcome.Wasted);
            if (tier == Tier.Stopped)
            {
                Remove(instance);
            }
            else
            {
                Settle(instance, tier, _stoppedSince);
                EndUnwanted(instance);
                Reconcile();
            }

            Tell(observer => observer.OnRestDue(this));
        }

        ActivationLog.Rested(_services.Logger, Name, instance.Id, tier, reason);
    }

    // Under the lock: it has come to rest in this tier.
    private void Settle(FunctionInstance instance, Tier tier, long now)
    {
        instance.Settle(tier, now);
        WatchExit(instance);
        Publish();
    }

    // Under the lock: what came to rest while the function was retired or given another program.
    private void EndUnwanted(FunctionInstance instance)
    {
        if (_retired)
        {
            _ = BeginRest(instance, Tier.Stopped, Retired, Task.CompletedTask, _stopRetired);
        }
        else if (!instance.Options.RunsLike(Options))
        {
            _ = BeginRest(instance, Tier.Stopped, Outdated, Task.CompletedTask);
        }
    }
}
