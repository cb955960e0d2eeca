using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Brings instances to rest, ends them, and notices when one has ended by itself.</summary>
internal sealed partial class Function
{
    /// <summary>
    /// Drains every instance in a less deep tier and brings it to rest. A start that is under way is left alone. Streams that do not end are cut
    /// after <see cref="FunctionRegistry.DrainTime"/>, because no other instance may start in place of these before.
    /// </summary>
    /// <param name="tier">The tier, or null for that of <c>Idle:Tier</c>, where <c>Auto</c> and <c>Running</c> stand for <see cref="Tier.Stopped"/>.</param>
    /// <returns>A task that completes when the rest of each of these instances has ended, successfully or not.</returns>
    public Task SleepAsync(Tier? tier = null) => SleepAsync(tier, RestReasons.Asked);

    private Task SleepAsync(Tier? tier, string reason)
    {
        Task[] rests;
        lock (_gate)
        {
            var step = HandleLocked(new FunctionEvent.SleepAsked(tier, reason));
            rests = [.. step.Effects.OfType<FunctionEffect.Rest>().Select(rest => _instances[rest.Key].RestOver)];
        }

        Perform();
        return Task.WhenAll(rests);
    }

    private async Task RestAsync(FunctionInstance instance, FunctionEffect.Rest rest, Task drained)
    {
        await drained;
        if (rest is { Drain: null, Stop: true } && !await instance.IsUnusedAsync())
        {
            // Something had come in before the door was closed. It serves on, and is asked again.
            HandleAfterExits(new FunctionEvent.RestFailed(rest.Key, rest.Reason));
            return;
        }

        try
        {
            if (rest.Stop)
            {
                var runtime = instance.Runtime!;
                TellEnding(runtime, rest.Tier);
                await (rest.Tier == Tier.Stopped ? runtime.StopAsync(CancellationToken.None) : runtime.RestAsync(rest.Tier, CancellationToken.None));
                TellEnded(runtime, rest.Tier);
            }
        }
        catch (Exception error)
        {
            LogStopFailed(instance, error);
            HandleAfterExits(new FunctionEvent.RestFailed(rest.Key, rest.Reason));
            return;
        }

        if (rest.Tier == Tier.Stopped)
        {
            await EndAsync(instance, new FunctionEffect.End(rest.Key, Stop: false, rest.Reason));
        }
        else
        {
            // One that is wanted while its memory is pushed out, or whose memory stays, is paused.
            var tier = rest.Tier == Tier.PagedOut && rest.Stop && instance.Runtime!.Tier != Tier.PagedOut ? Tier.Paused : rest.Tier;
            Handle(new FunctionEvent.Rested(rest.Key, tier, rest.Reason));
        }
    }

    private async Task DrainedAsync(FunctionInstance instance, TimeSpan drain)
    {
        try
        {
            // A request inside an instance that has ended learns of it from its connection, so the drain need not wait for it.
            await Task.WhenAny(instance.CloseAsync(), instance.Runtime!.Exited).WaitAsync(drain, _services.Time);
        }
        catch (TimeoutException)
        {
            ActivationLog.DrainCut(_services.Logger, Name, instance.Id, instance.InFlight);
        }
    }

    private async Task EndAsync(FunctionInstance instance, FunctionEffect.End end)
    {
        if (instance.Runtime is { } runtime)
        {
            if (end.Stop)
            {
                TellEnding(runtime, Tier.Stopped);
            }

            // It is disposed whether or not the stop succeeded: what the runtime could not end now it ends later.
            await TryAsync(instance, end.Stop ? runtime.StopAsync(CancellationToken.None) : Task.CompletedTask);
            if (end.Stop)
            {
                TellEnded(runtime, Tier.Stopped);
            }

            await TryAsync(instance, runtime.DisposeAsync().AsTask());
        }

        Handle(new FunctionEvent.Gone(end.Key, end.RestReason));
        if (end.RestReason is null or RestReasons.Outdated or RestReasons.Silent)
        {
            ReviveForDependents();
        }
    }

    private async Task TryAsync(FunctionInstance instance, Task end)
    {
        try
        {
            await end;
        }
        catch (Exception error)
        {
            LogStopFailed(instance, error);
        }
    }

    private void LogStopFailed(FunctionInstance instance, Exception error)
    {
        if (_services.RestFailures.TryTake(out var skipped))
        {
            if (skipped > 0)
            {
                ActivationLog.MoreStopFailed(_services.Logger, skipped);
            }

            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
        }
    }

    private void WatchExit(IInstance runtime) => _ = Task.Run(async () =>
    {
        await runtime.Exited;
        lock (_gate)
        {
            NoticeExitsLocked();
        }

        Perform();
    });

    // For events that depend on whether a program has ended, because its watcher may not have reported that yet.
    private Step HandleAfterExits(FunctionEvent what, IInstance? added = null)
    {
        Step step;
        lock (_gate)
        {
            NoticeExitsLocked();
            step = HandleLocked(what, added);
        }

        Perform();
        return step;
    }

    private void NoticeExitsLocked()
    {
        foreach (var record in _core.Instances)
        {
            if (record.Exit is null && _instances[record.Key].Runtime?.Exited is { IsCompletedSuccessfully: true } exited)
            {
                _ = NoticeExitAsync(record.Key, exited);
            }
        }
    }

    // The task has completed, so this runs synchronously, under the lock.
    private async Task NoticeExitAsync(int key, Task<InstanceExit> exited) => HandleLocked(new FunctionEvent.Exited(key, await exited));
}
