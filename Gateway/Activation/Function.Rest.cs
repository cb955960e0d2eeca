using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Signals;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Coming to rest: idle, sleep on request, death, retirement, and a reload that changes what runs.</summary>
public sealed partial class Function
{
    /// <summary>Rests what has not been used for Idle:After.</summary>
    /// <returns>Time until it is worth asking again; null when nothing runs that may rest.</returns>
    public TimeSpan? RestIfIdle()
    {
        lock (_gate)
        {
            if (_running.Length <= Options.Scale.Min || Options.Idle.Tier == Tier.Running)
            {
                return null;
            }

            // Two instances with room in one: the least used rests. The last ones only when nobody waits.
            var candidates = _running.OrderBy(instance => instance.LastUse).ToArray();
            TimeSpan? next = null;
            foreach (var instance in candidates)
            {
                var left = Options.Idle.After - _services.Time.GetElapsedTime(instance.LastUse);
                if (instance.InFlight > 0 || left > TimeSpan.Zero || _waiting > 0 || _running.Length <= Options.Scale.Min || !instance.TryCloseEmpty())
                {
                    var wait = left > TimeSpan.Zero ? left : Options.Idle.After;
                    next = next is null || wait < next ? wait : next;
                    continue;
                }

                _ = BeginStop(instance, Task.CompletedTask);
            }

            return next;
        }
    }

    /// <summary>
    /// Drains and stops every running instance; a start in flight is left alone. Streams that do not end are cut after
    /// <see cref="FunctionRegistry.DrainTime"/>: until then no other instance may start in their place.
    /// </summary>
    /// <returns>Completes when they have stopped.</returns>
    public Task SleepAsync()
    {
        List<Task> stops = [];
        lock (_gate)
        {
            foreach (var instance in _running)
            {
                stops.Add(BeginStop(instance, DrainedAsync(instance, FunctionRegistry.DrainTime)));
            }
        }

        return Task.WhenAll(stops);
    }

    /// <summary>New options. What runs with others is drained and replaced on demand.</summary>
    public void Update(FunctionOptions options)
    {
        lock (_gate)
        {
            var outdated = _instances.Where(instance => !instance.Options.RunsLike(options)).ToArray();
            Options = options;
            foreach (var instance in outdated.Where(instance => instance.State == InstanceState.Starting))
            {
                // Those who wait for it get the new program; it may never have become ready, and this be the cure.
                _ = instance.Cancellation.CancelAsync();
            }

            foreach (var instance in outdated.Where(instance => instance.State == InstanceState.Running))
            {
                _ = BeginStop(instance, DrainedAsync(instance, FunctionRegistry.DrainTime));
            }

            // The user may have mended what was broken.
            _backOff.Succeed();
            _atRest = null;
            Reconcile();
        }
    }

    /// <summary>The function is no longer configured, or the gateway ends: drains, and stops what runs.</summary>
    /// <param name="stop">False leaves the instances running for a next gateway to adopt.</param>
    /// <param name="drain">Longest wait for requests in flight.</param>
    public async Task RetireAsync(bool stop, TimeSpan drain)
    {
        FunctionInstance[] instances;
        lock (_gate)
        {
            _retired = true;
            _retry?.Dispose();
            instances = [.. _instances];
            foreach (var instance in instances)
            {
                if (instance.State == InstanceState.Starting)
                {
                    _ = instance.Cancellation.CancelAsync();
                }
                else if (instance.State == InstanceState.Running)
                {
                    _ = BeginStop(instance, DrainedAsync(instance, drain), stop);
                }
            }

            _arrival.TrySetResult(Removed);
            Publish();
        }

        await Task.WhenAll(instances.Select(instance => instance.Gone));
    }

    private async Task DrainedAsync(FunctionInstance instance, TimeSpan drain)
    {
        try
        {
            await instance.CloseAsync().WaitAsync(drain, _services.Time);
        }
        catch (TimeoutException)
        {
            ActivationLog.DrainCut(_services.Logger, Name, instance.Id, instance.InFlight);
        }
    }

    /// <summary>Takes over an instance that already runs.</summary>
    public void Adopt(IInstance runtime)
    {
        var instance = new FunctionInstance(Options, coldStart: null) { Runtime = runtime };
        lock (_gate)
        {
            _instances.Add(instance);
            Serve(instance, _services.Time.GetTimestamp());
        }

        ActivationLog.Adopted(_services.Logger, Name, runtime.Id);
        _ = WatchExitAsync(instance);
    }

    /// <summary>
    /// What runs already has been adopted: from here on signals start instances, the first ones those that came
    /// before, and Scale:Min is brought up.
    /// </summary>
    public void Begin()
    {
        lock (_gate)
        {
            _begun = true;
            Reconcile();
        }
    }

    // Under the lock.
    private Task BeginStop(FunctionInstance instance, Task drained, bool stop = true)
    {
        instance.State = InstanceState.Draining;
        Publish();
        return Task.Run(() => StopAsync(instance, drained, stop));
    }

    private async Task StopAsync(FunctionInstance instance, Task drained, bool stop)
    {
        await drained;
        try
        {
            if (stop)
            {
                await instance.Runtime!.StopAsync(CancellationToken.None);
            }
        }
        catch (Exception error) when (!_retired && !instance.Runtime!.Exited.IsCompleted)
        {
            // It still runs as far as anybody knows, so it goes on serving; the idle timer tries again.
            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
            lock (_gate)
            {
                Serve(instance, _services.Time.GetTimestamp());
                if (instance.Runtime!.Exited.IsCompleted)
                {
                    // It ended while it counted as stopping, and who watches it has looked away.
                    _ = Task.Run(() => WatchExitAsync(instance));
                }
            }

            return;
        }
        catch (Exception error)
        {
            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
        }

        await DisposeRuntimeAsync(instance, stop: false);
        lock (_gate)
        {
            _backOff.Succeed();
            Complete(instance, ColdStartOutcome.Wasted);
            Remove(instance);
        }

        ActivationLog.Rested(_services.Logger, Name, instance.Id);
    }

    private async Task WatchExitAsync(FunctionInstance instance)
    {
        var exit = await instance.Runtime!.Exited;
        lock (_gate)
        {
            if (instance.State != InstanceState.Running || _retired)
            {
                return;
            }

            instance.State = InstanceState.Draining;
            _ = instance.CloseAsync();

            // One that dies young is a failed start in slow motion.
            if (_services.Time.GetElapsedTime(instance.RunningSince) < BackOff.Young)
            {
                _lastFailure = $"Gateway:Functions:{Name}: it ended: {exit.Reason}";
                RetryLater(_backOff.Fail());
            }
            else
            {
                _backOff.Succeed();
            }

            Complete(instance, ColdStartOutcome.Wasted);
            Publish();
        }

        ActivationLog.Ended(_services.Logger, Name, instance.Id, exit.Reason);
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
        Reconcile();
        instance.MarkGone();
    }

    private async Task DisposeRuntimeAsync(FunctionInstance instance, bool stop)
    {
        if (instance.Runtime is not { } runtime)
        {
            return;
        }

        try
        {
            if (stop)
            {
                await runtime.StopAsync(CancellationToken.None);
            }

            await runtime.DisposeAsync();
        }
        catch (Exception error)
        {
            ActivationLog.StopFailed(_services.Logger, Name, instance.Id, error.Message);
        }
    }

    /// <summary>Tells the observers what changed. Under the lock, so they hear it in order.</summary>
    private void Publish()
    {
        var running = _instances.Where(instance => instance.State == InstanceState.Running).ToArray();
        if (!running.AsSpan().SequenceEqual(_running))
        {
            Volatile.Write(ref _running, running);
            RunningInstance[] shown = [.. running.Select(instance => new RunningInstance(instance.Id, instance.Runtime!.Endpoint!))];
            Tell(observer => observer.OnInstances(this, shown));
        }

        foreach (var state in Enum.GetValues<InstanceState>())
        {
            _services.Metrics.Instances(Name, state.ToString(), _instances.Count(instance => instance.State == state));
        }

        var atRest = !_retired && _instances.Count == 0 && _backOff.Remaining == TimeSpan.Zero;
        if (atRest != _atRest)
        {
            _atRest = atRest;
            Tell(observer => observer.OnRest(this, atRest));
        }
    }

    // The kernel or YARP may refuse; instances and those who wait for them must not be stranded by it.
    private void Tell(Action<IFunctionObserver> what)
    {
        foreach (var observer in _services.Observers)
        {
            try
            {
                what(observer);
            }
            catch (Exception error)
            {
                ActivationLog.NotTold(_services.Logger, Name, observer.GetType().Name, error);
            }
        }
    }
}
