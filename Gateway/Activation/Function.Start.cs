using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Starts instances, from the budget to readiness, and handles starts that fail.</summary>
internal sealed partial class Function
{
    private void BeginStart(FunctionInstance instance, FunctionEffect.Start start)
    {
        ColdStart? cold = null;
        if (start.Cold is { } signal)
        {
            cold = new ColdStart(Name, signal, start.From, WallClock(signal.Timestamp)) { Heard = _services.Time.GetTimestamp() };
        }

        if (!start.From.IsFrozen())
        {
            // The program is another run, mostly at another address. Nothing of the one before is known of it.
            instance.Destination = null;
            if (Bonds.Excluded.Count > 0 && instance.Record.Phase is not InstancePhase.Starting { ByOthers: true })
            {
                // It has no program any more, so it gets in line again.
                _services.Exclusions.Leave(instance);
            }
        }

        instance.BeginStart(cold);
        if (cold is not null)
        {
            lock (_gate)
            {
                Volatile.Write(ref _cold, cold);
                cold.NoteTrace(_waitingTrace);
            }
        }

        // The caller's thread may be the ring buffer's, so the start runs on the pool. It is the first effect, because a sleeping pool thread takes time to wake.
        ThreadPool.UnsafeQueueUserWorkItem(new StartWork(this, instance, start, start.IsBudgeted ? instance.Ticket : null), preferLocal: false);
    }

    // A class: of a work item with a tuple no code is compiled ahead.
    private sealed class StartWork(Function function, FunctionInstance instance, FunctionEffect.Start start, StartTicket? ticket) : IThreadPoolWorkItem
    {
        public void Execute() => _ = function.StartAsync(instance, start, ticket);
    }

    private DateTimeOffset WallClock(long timestamp) =>
        _services.Time.GetUtcNow() - _services.Time.GetElapsedTime(timestamp);

    private async Task StartAsync(FunctionInstance instance, FunctionEffect.Start start, StartTicket? ticket)
    {
        var cancellation = instance.Cancellation.Token;
        try
        {
            if (MustWaitForOthers(instance))
            {
                Release(ref ticket);
                if (await TryWaitForOthersAsync(instance, start, cancellation) is { } refused)
                {
                    Handle(new FunctionEvent.StartFailed(instance.Record.Key, refused.Message, refused.Cause, Killed: false, IsUntouched: true));
                    return;
                }
            }

            else if (Bonds.Dependencies.Count > 0)
            {
                await WaitForNeededAsync(cancellation);
            }

            if (_services.Ports.MustWait(instance))
            {
                // Other instances can start meanwhile.
                Release(ref ticket);
                await WaitForPortAsync(instance, cancellation);
            }

            ticket ??= EnterLine(instance, start, cancellation);
            if (ticket is null || !await ticket.Taken)
            {
                Handle(new FunctionEvent.GivenUp(instance.Record.Key));
                return;
            }

            await RunInTimeAsync(instance, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await FailStartAsync(instance, failure: null, StartFailureCause.Failed);
        }
        catch (Exception error)
        {
            var reason = error is RuntimeException ? error.Message : $"The start failed: {error.Message}";
            if (error is not RuntimeException)
            {
                ActivationLog.UnexpectedStartError(_services.Logger, Name, error);
            }

            await FailStartAsync(instance, reason, (error as RuntimeException)?.Cause ?? StartFailureCause.Failed);
        }
        finally
        {
            Release(ref ticket);
        }
    }

    /// <param name="instance">The instance whose start has ended without success.</param>
    /// <param name="failure">The reason, or null if the start was canceled, by a retirement, a reload or an instance that took this one's place.</param>
    /// <param name="cause">What clients may be told of it.</param>
    private async Task FailStartAsync(FunctionInstance instance, string? failure, StartFailureCause cause)
    {
        var isKilled = instance.Runtime?.Exited is { IsCompleted: true } exited && (await exited).ByOthers;
        Handle(new FunctionEvent.StartFailed(instance.Record.Key, failure, cause, isKilled));
    }

    private ValueTask WaitForPortAsync(FunctionInstance instance, CancellationToken cancellation) =>
        _services.Ports.WaitAsync(instance, port => ActivationLog.PortBusy(_services.Logger, Name, port), cancellation);

    private async Task RunInTimeAsync(FunctionInstance instance, CancellationToken cancellation)
    {
        var options = instance.Options;
        using var timeout = new CancellationTokenSource(options.Ready.Timeout, _services.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            await RunAsync(instance, limit);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            if (instance.Runtime?.Unhealthy is { } unhealthy && instance.Runtime.Tier == Tier.Running)
            {
                throw new RuntimeException($"Gateway:Functions:{options.Name}: its HealthCheck has not passed within Ready:Timeout ({options.Ready.Timeout}): {unhealthy}.", late);
            }

            if (options.IsJob)
            {
                throw new RuntimeException($"Gateway:Functions:{options.Name}: its program has not ended within Ready:Timeout ({options.Ready.Timeout}).", late);
            }

            var where = instance.Runtime?.Endpoint?.ToString() ?? $"port {options.Run.Port}";
            var instead = instance.Runtime is { } runtime && _services.Readiness.WhereInstead(runtime, options) is { } clause ? $"; {clause}" : "";
            throw new RuntimeException(
                $"Gateway:Functions:{options.Name}: it did not answer{(options.Ready.Path is { } path ? $" 2xx or 3xx on {path}" : "")} at {where} within Ready:Timeout ({options.Ready.Timeout}){instead}.", late);
        }
    }

    private async Task RunAsync(FunctionInstance instance, CancellationTokenSource limit)
    {
        var options = instance.Options;
        instance.StartedAt = _services.Time.GetTimestamp();
        if (instance.ColdStart is { } cold)
        {
            cold.Wake = instance.StartedAt;
            TellProgress();
        }

        var runtime = await RuntimeOfAsync(instance, limit.Token);
        using var watch = _services.Readiness.Watch(runtime, options);
        if (instance.ColdStart is not null)
        {
            instance.ColdStart.Instance = runtime.Id;
        }

        NoteListening(instance.ColdStart, watch);
        var started = StartRuntimeAsync(instance, runtime, limit.Token);
        var ready = options.IsJob ? EndedAsync(runtime, started, limit.Token) : watch.WaitAsync(started, limit.Token);
        try
        {
            // If an instance ends while it starts, the held requests fail at once, not after the time limit.
            var first = options.IsJob ? await Task.WhenAny(ready, FaultOf(started)) : await Task.WhenAny(ready, runtime.Exited, FaultOf(started));
            if (first == runtime.Exited)
            {
                var exit = await runtime.Exited;
                throw _services.Readiness.StrangerAt(runtime, options) ?? new RuntimeException($"Gateway:Functions:{options.Name}: it ended while starting: {exit.Reason}");
            }

            await first;
            var times = await ready;
            await started;
            // Waiting requests are let go before anything is tidied up.
            OnReady(instance, times);
        }
        finally
        {
            await limit.CancelAsync();
            await Task.WhenAll(started, ready).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    // An instance at rest already has a runtime instance.
    private async ValueTask<IInstance> RuntimeOfAsync(FunctionInstance instance, CancellationToken cancellation)
    {
        if (instance.Runtime is { } resting)
        {
            return resting;
        }

        var made = await _services.Runtimes[instance.Options.Run.Runtime].CreateAsync(instance.Options, cancellation);
        lock (_gate)
        {
            instance.Runtime = made;
            HandleLocked(new FunctionEvent.Made(instance.Record.Key));
        }

        Perform();
        WatchExit(made);
        return made;
    }

    private async Task StartRuntimeAsync(FunctionInstance instance, IInstance runtime, CancellationToken cancellation)
    {
        await runtime.StartAsync(cancellation);
        if (instance.ColdStart is { } cold)
        {
            cold.Started = _services.Time.GetTimestamp();
        }

        NoteStarted(instance);
    }
}
