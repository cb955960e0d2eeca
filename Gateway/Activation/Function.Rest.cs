using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Bringing instances to rest and ending them, and hearing when one has ended by itself.</summary>
internal sealed partial class Function
{
    /// <summary>
    /// Drains and brings to rest every instance that is less deep; a start in flight is left alone. Streams that do not end
    /// are cut after <see cref="FunctionRegistry.DrainTime"/>: until then no other instance may start in their place.
    /// </summary>
    /// <param name="tier">Null: what <c>Idle:Tier</c> says, <c>Auto</c> and <c>Running</c> being <see cref="Tier.Stopped"/>.</param>
    /// <returns>A task that completes when all of these instances rest.</returns>
    public Task SleepAsync(Tier? tier = null)
    {
        Task[] rests;
        lock (_gate)
        {
            var step = HandleLocked(new FunctionEvent.SleepAsked(tier));
            rests = [.. step.Effects.OfType<FunctionEffect.Rest>().Select(rest => _instances[rest.Key].RestOver)];
        }

        Perform();
        return Task.WhenAll(rests);
    }

    private async Task RestAsync(FunctionInstance instance, FunctionEffect.Rest rest, Task drained)
    {
        await drained;
        try
        {
            if (rest.Stop)
            {
                var runtime = instance.Runtime!;
                TellEnding(runtime, rest.Tier);
                await (rest.Tier == Tier.Stopped ? runtime.StopAsync(CancellationToken.None) : runtime.RestAsync(rest.Tier, CancellationToken.None));
            }
        }
        catch (Exception error)
        {
            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
            HandleAfterExits(new FunctionEvent.RestFailed(rest.Key, rest.Reason));
            return;
        }

        if (rest.Tier == Tier.Stopped)
        {
            await EndAsync(instance, new FunctionEffect.End(rest.Key, Stop: false, rest.Reason));
        }
        else
        {
            Handle(new FunctionEvent.Rested(rest.Key, rest.Tier, rest.Reason));
        }
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

    private async Task EndAsync(FunctionInstance instance, FunctionEffect.End end)
    {
        if (instance.Runtime is { } runtime)
        {
            if (end.Stop)
            {
                TellEnding(runtime, Tier.Stopped);
            }

            // Disposed whatever came of the stop: the runtime ends later what it could not end now.
            await TryAsync(instance, end.Stop ? runtime.StopAsync(CancellationToken.None) : Task.CompletedTask);
            await TryAsync(instance, runtime.DisposeAsync().AsTask());
        }

        Handle(new FunctionEvent.Gone(end.Key, end.RestReason));
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

    private void WatchExit(IInstance runtime) => _ = Task.Run(async () =>
    {
        await runtime.Exited;
        lock (_gate)
        {
            NoticeExitsLocked();
        }

        Perform();
    });

    // For events after which it matters whether a program has ended: its watcher may not have come to tell of it yet.
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

    // The task has completed, so this is done at once, under the lock.
    private async Task NoticeExitAsync(int key, Task<InstanceExit> exited) => HandleLocked(new FunctionEvent.Exited(key, await exited));
}
