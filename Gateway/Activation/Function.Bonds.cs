using Gateway.Activation.Bonds;
using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Starts a function after those that it depends on, and lets it rest by what others need of it.</summary>
internal sealed partial class Function
{
    private FunctionBonds _bonds = FunctionBonds.None;
    private TaskCompletionSource _programStarted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Tier _toldAwake;

    /// <summary>Gets or sets the functions to which this one is bound.</summary>
    internal FunctionBonds Bonds
    {
        get => Volatile.Read(ref _bonds);
        set => Volatile.Write(ref _bonds, value);
    }

    private bool MustWaitForOthers(FunctionInstance instance) =>
        (Bonds.Dependencies.Count > 0 || Bonds.Excluded.Count > 0) && instance.Record.Phase is not InstancePhase.Starting { ByOthers: true };

    /// <returns>Returns what keeps it from being started, or null if nothing does.</returns>
    private async Task<RuntimeException?> TryWaitForOthersAsync(FunctionInstance instance, FunctionEffect.Start start, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForOthersAsync(instance, start, cancellationToken);
            return null;
        }
        catch (RuntimeException error)
        {
            return error;
        }
    }

    // The functions that it depends on have been signalled with it, so that the starts of a chain overlap as far as the conditions let them.
    private async Task WaitForOthersAsync(FunctionInstance instance, FunctionEffect.Start start, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var bonds = Bonds;
        var signal = (start.Cold ?? RequestNow()) with { Kind = SignalKind.Request, For = Name };
        // What has ended once need not run again for a program that goes on, or for one more instance.
        var isFirst = !start.From.IsFrozen() && !HasStartedOther(instance);
        var needed = bonds.Dependencies.Where(dependency => isFirst || dependency.Condition != DependencyCondition.Completed).ToArray();
        var ahead = BuildMeanwhileAsync(instance, start.From, given.Token);
        try
        {
            foreach (var dependency in needed.Where(static dependency => dependency.IsOptional))
            {
                _ = dependency.Function.Wake(signal);
            }

            await foreach (var one in Task.WhenEach(needed.Where(static dependency => !dependency.IsOptional).Select(dependency => HasReachedAsync(dependency, signal, given.Token))).WithCancellation(cancellationToken))
            {
                await one;
            }

            await ahead;
            if (bonds.Excluded.Count > 0)
            {
                await _services.Exclusions.EnterAsync(this, instance, cancellationToken);
            }
        }
        finally
        {
            // If one has failed, nobody waits for the others any more, and nothing may be under way on the instance.
            await given.CancelAsync();
            await Task.WhenAny(ahead);
        }
    }

    private bool HasStartedOther(FunctionInstance instance)
    {
        lock (_gate)
        {
            return _instances.Values.Any(other => other != instance && (other.Record.Phase is InstancePhase.Running || (other.Record.Phase.IsActive && other.HasStarted)));
        }
    }

    /// <exception cref="RuntimeException">The function that is depended on could not be started.</exception>
    private async Task HasReachedAsync(Dependency dependency, Signal signal, CancellationToken cancellationToken)
    {
        var result = dependency.Condition == DependencyCondition.Started
            ? await dependency.Function.WaitUntilStartedAsync(signal, cancellationToken)
            : await dependency.Function.WaitAsync(signal, isRequest: false, cancellationToken);
        if (!result.IsRunning)
        {
            throw new RuntimeException($"Gateway:Functions:{Name}: it depends on {dependency.Function.Name}, which could not be started: {result.Failure}") { Cause = result.Cause };
        }
    }

    // Somebody else has started the program, which cannot be undone, but it gets no request before what it needs is there. If that cannot be had, it is the program's to say so.
    private async Task WaitForNeededAsync(CancellationToken cancellationToken)
    {
        var signal = RequestNow() with { For = Name };
        try
        {
            await Task.WhenAll(Bonds.Dependencies
                .Where(static dependency => dependency is { IsOptional: false, Condition: not DependencyCondition.Completed })
                .Select(dependency => HasReachedAsync(dependency, signal, cancellationToken)));
        }
        catch (RuntimeException)
        {
            // The log has it from the function that has failed.
        }
    }

    // The sandbox is built while others start, so that only the program is left to be started after them.
    private async Task BuildMeanwhileAsync(FunctionInstance instance, Tier from, CancellationToken cancellationToken)
    {
        if (from != Tier.Stopped || !instance.Options.Idle.MayRestInitialized || !Tiers.Contains(Tier.Initialized) || Bonds.Dependencies.Count == 0)
        {
            return;
        }

        try
        {
            await BuildSandboxAsync(instance, cancellationToken);
        }
        catch (Exception error)
        {
            // The start itself tells what is wrong, if it is still wrong then.
            ActivationLog.NotAhead(_services.Logger, Name, error.Message);
        }
    }

    private async ValueTask<WaitResult> WaitUntilStartedAsync(Signal signal, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task started;
        lock (_gate)
        {
            started = _core.Active > 0 && _instances.Values.Any(static instance => instance.Record.Phase.IsActive && instance.HasStarted) ? Task.CompletedTask : _programStarted.Task;
        }

        var ready = WaitAsync(signal, isRequest: false, enough.Token).AsTask();
        if (await Task.WhenAny(ready, started) == ready)
        {
            return await ready;
        }

        // The start goes on when nobody waits for it any more, since it has begun.
        await enough.CancelAsync();
        await Task.WhenAny(ready);
        cancellationToken.ThrowIfCancellationRequested();
        return WaitResult.Running;
    }

    private void NoteStarted(FunctionInstance instance)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            instance.HasStarted = true;
            (told, _programStarted) = (_programStarted, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.TrySetResult();
    }

    /// <summary>Gets the tier of the instance that is the least deep, as those see it that this function depends on: their programs are needed while its own is there.</summary>
    private Tier Awake => Volatile.Read(ref _core).Awake;

    /// <summary>Returns the deepest tier in which others let it rest, or null if none of them needs it.</summary>
    private RestBound? BoundByOthers()
    {
        var bonds = Bonds;
        if (bonds.Dependents.MaxBy(static dependent => dependent.Awake) is { Awake: > Tier.Stopped } dependent)
        {
            return new RestBound(dependent.Awake, $"{dependent.Name}, which depends on it, is {(dependent.Awake == Tier.Running ? "awake" : dependent.Awake)}.", LookAgain: null);
        }

        return bonds.Group.MaxBy(static other => other.UntilIdle()) is { } busy && busy.UntilIdle() is var left && left > TimeSpan.Zero
            ? new RestBound(Tier.Running, $"{busy.Name} of its group has been used.", left)
            : null;
    }

    // As those of its group see it, which rest together with it.
    private TimeSpan UntilIdle()
    {
        var core = Volatile.Read(ref _core);
        if (core.Active == 0 && core.Waiting == 0)
        {
            return TimeSpan.Zero;
        }

        var running = Running;
        return core.Waiting > 0 || running.Count < core.Active || running.Any(static instance => instance.InFlight > 0)
            ? core.Options.Idle.After
            : core.Options.Idle.After - _services.Time.GetElapsedTime(running.Max(static instance => instance.LastUse));
    }

    // Called as observers are told of a change, in the order of the changes.
    private void TellBound()
    {
        var (bonds, awake) = (Bonds, Awake);
        if (awake < _toldAwake)
        {
            foreach (var dependency in bonds.Dependencies)
            {
                dependency.Function.LookAtRest();
            }
        }

        _toldAwake = awake;
        if (bonds.Excluded.Count > 0)
        {
            _services.Exclusions.Look(this);
        }
    }

    /// <summary>Notes that the function was removed, before it is its turn to end.</summary>
    internal void NoteGoing()
    {
        lock (_gate)
        {
            foreach (var instance in _instances.Values)
            {
                instance.IsGoing = true;
            }
        }
    }

    private void LookAtRest() => Tell(observer => observer.OnRestDue(this));

    // Of a function that runs already, what it depends on may be new, or may not have been left by an earlier gateway, or somebody else has started the one and not the other.
    private void WakeNeeded()
    {
        if (Awake == Tier.Running)
        {
            foreach (var dependency in Bonds.Dependencies.Where(static dependency => dependency.Condition != DependencyCondition.Completed))
            {
                _ = dependency.Function.Wake(RequestNow() with { For = Name });
            }
        }
    }

    // A program that has ended by itself is started again for those that run and depend on it.
    private void ReviveForDependents()
    {
        if (!IsRetired && !Options.IsJob && Running.Count == 0 && Bonds.Dependents.FirstOrDefault(static dependent => dependent.Running.Count > 0) is { } dependent)
        {
            Wake(RequestNow() with { For = dependent.Name });
        }
    }
}
