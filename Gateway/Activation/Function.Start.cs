using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

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

            var where = instance.Runtime?.Endpoint?.ToString() ?? $"port {options.Port}";
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

        var made = await _services.Runtimes[instance.Options.Runtime].CreateAsync(instance.Options, cancellation);
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

            if (options.Cpu.Boost)
            {
                _ = SettleAsync(instance);
            }

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

    /// <param name="instance">The instance whose start has ended without success.</param>
    /// <param name="failure">Null when the start was called off: the function was retired, or a reload changed its program.</param>
    /// <param name="cause">What clients may be told of it.</param>
    private async Task EndStartAsync(FunctionInstance instance, string? failure, StartFailureCause cause)
    {
        // Bounded: what somebody kills each time it starts is a failure all the same.
        var killed = instance.Runtime?.Exited is { IsCompleted: true } exited && (await exited).ByOthers;
        lock (_gate)
        {
            instance.BeginEnd();
            if (failure is not null && !_retired && (instance.Tier != Tier.Stopped || (killed && _backOff.TryForgive())))
            {
                // What rested is no more what it was (removed, killed, stuck), or somebody ended what started: a start from nothing
                // may work, so nobody is told yet.
                ActivationLog.NotWoken(_services.Logger, Name, instance.Id, instance.Tier, failure);
                Forget(instance);
            }
            else if (failure is not null)
            {
                Complete(instance, ColdStartOutcome.Failed);
                (_lastFailure, _lastCause) = (failure, cause);
                var wait = _backOff.Fail();
                RetryLater(wait);
                ActivationLog.StartFailed(_services.Logger, Name, failure, wait.TotalSeconds);
                if (Active == 0)
                {
                    // Else those who wait have another one coming.
                    _arrival.TrySetResult(new Arrival(failure, wait, cause));
                    _arrival = NewArrival();
                }
            }
            else
            {
                Complete(instance, ColdStartOutcome.Failed);
                _wanted ??= _retired ? null : instance.ColdStart?.Signal;
            }

            Publish();
        }

        await EndAsync(instance);
    }

    // Back-off: no signal starts it before; then a request that came meanwhile does, and the kernel listens again.
    private void RetryLater(TimeSpan wait)
    {
        _retry?.Dispose();
        _retry = _services.Time.CreateTimer(_ => OnTimer(), null, wait + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    // Over the budget the kernel has already fallen silent for this function; it is listened to again soon, not at once:
    // a flood of SYNs must not become a flood of events.
    // More signals meanwhile do not put it off.
    private void RearmLater()
    {
        if (_retry is null)
        {
            RetryLater(TimeSpan.FromMilliseconds(100));
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _retry?.Dispose();
            _retry = null;
            if (_retired)
            {
                return;
            }

            // The clock of timers is coarser than ours and lets them come a few milliseconds early.
            if (_backOff.Remaining is var left && left > TimeSpan.Zero)
            {
                RetryLater(left);
                return;
            }

            _atRest = null;
            Reconcile();
        }
    }

    // Marks the end of an instance's cold start if no request has.
    private void Complete(FunctionInstance instance, ColdStartOutcome outcome)
    {
        if (instance.ColdStart is { } cold)
        {
            Interlocked.CompareExchange(ref _cold, null, cold);
            _services.Report(cold, outcome);
        }
    }

    // Its timeline goes on with the next instance, from the same signal.
    private void Forget(FunctionInstance instance)
    {
        if (instance.ColdStart is { } cold)
        {
            Interlocked.CompareExchange(ref _cold, null, cold);
            _wanted ??= cold.Signal;
        }
    }

    /// <summary>Completes a cold start, when the first byte of its first answer has come.</summary>
    public void Served(ColdStart cold, long timestamp)
    {
        cold.NoteFirstByte(timestamp);
        Interlocked.CompareExchange(ref _cold, null, cold);
        _services.Report(cold, ColdStartOutcome.Served);
    }
}
