using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Starting: budget, runtime, readiness, and what becomes of a start that fails.</summary>
internal sealed partial class Function
{
    private async Task StartAsync(FunctionInstance instance, bool budgeted)
    {
        var cancellation = instance.Cancellation.Token;
        try
        {
            if (_services.Ports.MustWait(instance))
            {
                // Others start meanwhile.
                if (budgeted)
                {
                    _services.Budget.Release();
                    budgeted = false;
                }

                await WaitForPortAsync(instance, cancellation);
            }

            if (!budgeted)
            {
                await _services.Budget.TakeAsync(MinuteBudget, cancellation);
                budgeted = true;
            }

            await RunInTimeAsync(instance, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await EndStartAsync(instance, failure: null, StartFailureCause.Failed);
        }
        catch (Exception error)
        {
            var reason = error is RuntimeException ? error.Message : $"The start failed: {error.Message}";
            if (error is not RuntimeException)
            {
                ActivationLog.UnexpectedStartError(_services.Logger, Name, error);
            }

            await EndStartAsync(instance, reason, (error as RuntimeException)?.Cause ?? StartFailureCause.Failed);
        }
        finally
        {
            if (budgeted)
            {
                _services.Budget.Release();
            }
        }
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
        }

        var runtime = await RuntimeOfAsync(instance, limit.Token);
        using var watch = _services.Readiness.Watch(runtime, options);
        if (instance.ColdStart is not null)
        {
            instance.ColdStart.Instance = runtime.Id;
        }

        var started = StartRuntimeAsync(instance, runtime, limit.Token);
        var ready = watch.WaitAsync(started, limit.Token);
        try
        {
            // An instance that ends while starting fails its held requests at once, not after the time limit.
            var first = await Task.WhenAny(ready, runtime.Exited, FaultOf(started));
            if (first == runtime.Exited)
            {
                var exit = await runtime.Exited;
                throw _services.Readiness.StrangerAt(runtime, options) ?? new RuntimeException($"Gateway:Functions:{options.Name}: it ended while starting: {exit.Reason}");
            }

            await first;
            var times = await ready;
            await started;
            // Those who wait are let go before anything is tidied up.
            OnReady(instance, times);
        }
        finally
        {
            await limit.CancelAsync();
            await Task.WhenAll(started, ready).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    // One at rest has one.
    private async ValueTask<IInstance> RuntimeOfAsync(FunctionInstance instance, CancellationToken cancellation)
    {
        if (instance.Runtime is { } resting)
        {
            return resting;
        }

        var made = await _services.Runtimes[instance.Options.Run.Runtime].CreateAsync(instance.Options, cancellation);
        lock (_gate)
        {
            return instance.Runtime = made;
        }
    }

    private async Task StartRuntimeAsync(FunctionInstance instance, IInstance runtime, CancellationToken cancellation)
    {
        await runtime.StartAsync(cancellation);
        if (instance.ColdStart is { } cold)
        {
            cold.Started = _services.Time.GetTimestamp();
        }
    }

    // Completes only when the task faults: a start that returned well is no reason to stop waiting for readiness.
    private static Task FaultOf(Task task)
    {
        var fault = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = task.ContinueWith(
            static (ended, state) => ((TaskCompletionSource)state!).TrySetException(ended.Exception?.InnerExceptions ?? (IEnumerable<Exception>)[new OperationCanceledException()]),
            fault,
            CancellationToken.None,
            TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return fault.Task;
    }

    private void OnReady(FunctionInstance instance, ReadyTimes times)
    {
        var now = _services.Time.GetTimestamp();
        var options = instance.Options;
        lock (_gate)
        {
            if (_retired)
            {
                throw new OperationCanceledException(instance.Cancellation.Token);
            }

            if (instance.ColdStart is { } cold)
            {
                cold.Listening = times.Listening;
                cold.Ready = times.Ready;
            }

            _ = SettleAsync(instance);
            _services.Rest.NoteBuild(Name, instance.Runtime!.Build);
            if (!instance.IsStartedByOthers)
            {
                NoteStart(instance.Tier, _services.Time.GetElapsedTime(instance.StartedAt, times.Ready));
            }

            Serve(instance, now);
            if (!instance.Options.RunsLike(Options))
            {
                // A reload came while it started: whoever was released to it finds the door closed and waits for the new one.
                _ = BeginRest(instance, Tier.Stopped, Outdated, DrainedAsync(instance, FunctionRegistry.DrainTime));
            }
        }
    }

    // Nobody waits for it: the program answers already.
    private async Task SettleAsync(FunctionInstance instance)
    {
        try
        {
            await instance.Runtime!.ReadyAsync(CancellationToken.None);
        }
        catch (Exception error) when (instance.Runtime!.Exited.IsCompleted || error is RuntimeException)
        {
            ActivationLog.NotSettled(_services.Logger, Name, instance.Id, error.Message);
        }
    }

    // Under the lock. What Retry-After is made of is a start from nothing: whoever is told it could not be woken.
    private void NoteStart(Tier from, TimeSpan took)
    {
        _services.Rest.NoteWake(Name, from, took);
        if (from == Tier.Stopped)
        {
            _typicalStart = _typicalStart == TimeSpan.Zero ? took : TimeSpan.FromTicks(((_typicalStart.Ticks * 3) + took.Ticks) / 4);
        }
    }

    // Under the lock.
    private void Serve(FunctionInstance instance, long now)
    {
        // Whatever was wanted is here; kept, it would start the function once more after it came to rest.
        _wanted = null;
        _ahead = IsAhead(Options);
        instance.RunningSince = now;
        Admit(instance, now);
        WatchExit(instance);
    }

    // Under the lock.
    private void Admit(FunctionInstance instance, long now)
    {
        instance.Settle(Tier.Running, now);
        // The door opens last: whoever gets in finds that YARP knows where to send him.
        Publish();
        instance.Open(now);
        _arrival.TrySetResult(Arrival.Running);
        _arrival = NewArrival();
    }
}
