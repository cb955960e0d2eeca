using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Handles changes of the configuration, and instances that the function has not started itself, since people use the engine too.</summary>
internal sealed partial class Function
{
    /// <summary>
    /// Opens the function after the instances that were there before have been adopted. From here on signals start instances, including signals that
    /// came earlier, and <c>Scale:Min</c> is brought up.
    /// </summary>
    public void Open()
    {
        lock (_gate)
        {
            SetHoursLocked(_core.Options);
            HandleLocked(new FunctionEvent.Opened());
        }

        Perform();
        if (_load is { } load)
        {
            // What is there already, or kept by Scale:Min, has not been woken.
            lock (_gate)
            {
                load.IsWaking = _core.Active == 0;
            }

            Scale();
        }

        WakeNeeded();
    }

    /// <summary>Takes new options. An instance that was made from options of another program is drained, and replaced on demand.</summary>
    public void Update(FunctionOptions options)
    {
        var tiers = _services.Runtimes[options.Run.Runtime].TiersOf(options);
        lock (_gate)
        {
            var before = _core.Options.Scale;
            HandleLocked(new FunctionEvent.Updated(options, tiers));
            SetHoursLocked(options);
            if (before != options.Scale)
            {
                WatchLocked();
                ScaleLocked(RequestNow());
            }
        }

        Perform();
        FillPlaces();
        WakeNeeded();
        ReviveForDependents();
    }

    /// <summary>Takes the tiers that the runtime says the function has now.</summary>
    public void LookAtTiers()
    {
        var options = Options;
        Handle(new FunctionEvent.TiersFound(_services.Runtimes[options.Run.Runtime].TiersOf(options)));
    }

    /// <summary>Retires the function because it is no longer configured or the gateway ends: its instances are drained, and stopped.</summary>
    /// <param name="stop">Whether the instances are stopped. False leaves them running for the next gateway to adopt.</param>
    /// <param name="drain">The longest wait for requests in flight.</param>
    /// <returns>A task that completes when nothing is left of the instances that the function had at the call.</returns>
    public Task RetireAsync(bool stop, TimeSpan drain)
    {
        Task[] ends;
        lock (_gate)
        {
            ends = [.. _instances.Values.Select(static instance => instance.Gone)];
            HandleLocked(new FunctionEvent.Retired(stop, drain));
            _hours?.Dispose();
        }

        Perform();
        return Task.WhenAll(ends);
    }

    /// <summary>Takes over an instance that was there before, running or at rest.</summary>
    public void Adopt(IInstance runtime)
    {
        TakeOver(new FunctionEvent.Adopted(runtime.Tier), runtime);
        if (_services.Before is { Current: > 0 } before)
        {
            // The gateway before this one may still have requests in it.
            lock (_gate)
            {
                _instances.Values.FirstOrDefault(instance => instance.Runtime == runtime)?.Add(before);
            }
        }

        ActivationLog.Adopted(_services.Logger, Name, runtime.Id, runtime.Tier);
    }

    /// <summary>Takes an instance that somebody else has started, or that was found late. If it runs, it serves as soon as it answers.</summary>
    /// <param name="made">The options that the instance was made from.</param>
    /// <param name="runtime">The instance, running or at rest.</param>
    /// <returns>Returns false if there is no room for the instance (<c>Scale:Max</c>) or the function is retired.</returns>
    public bool TryTake(FunctionOptions made, IInstance runtime)
    {
        if (!TakeOver(new FunctionEvent.Found(made, runtime.Tier), runtime))
        {
            return false;
        }

        ActivationLog.Adopted(_services.Logger, Name, runtime.Id, runtime.Tier);
        WakeNeeded();
        return true;
    }

    /// <summary>
    /// Follows what somebody else has done with an instance. An instance that was frozen rests until the next signal, unless a request uses it. One
    /// that was thawed serves as soon as it answers, and rests again by the usual rules.
    /// </summary>
    /// <returns>Returns false if the runtime has to bring the instance back to the tier that it was in.</returns>
    public bool TryMove(IInstance runtime, Tier found)
    {
        bool isFollowed;
        lock (_gate)
        {
            isFollowed = TryMoveLocked(runtime, found);
        }

        Perform();
        if (isFollowed && found == Tier.Running)
        {
            WakeNeeded();
        }

        return isFollowed;
    }

    private bool TryMoveLocked(IInstance runtime, Tier found)
    {
        if (_instances.Values.FirstOrDefault(instance => instance.Runtime == runtime) is not { } instance || !_core.MayFollow(instance.Record, found))
        {
            return false;
        }

        var isClosed = found != Tier.Running && FunctionCore.IsServing(instance.Record) && instance.TryCloseEmpty();
        return HandleLocked(new FunctionEvent.Moved(instance.Record.Key, found, isClosed)).IsAccepted;
    }

    private bool TakeOver(FunctionEvent what, IInstance runtime)
    {
        var isTaken = HandleAfterExits(what, runtime).IsAccepted;
        if (isTaken)
        {
            WatchExit(runtime);
        }

        return isTaken;
    }
}
