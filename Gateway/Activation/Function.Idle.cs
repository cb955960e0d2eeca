using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Asks the rest policy where to rest, reports what the function occupies, and builds a sandbox ahead.</summary>
internal sealed partial class Function
{
    /// <summary>Brings each instance that should rest deeper to rest there, and wakes the function if an expected request is due.</summary>
    /// <returns>Returns the time after which to ask again, or null if that is not needed before <see cref="IFunctionObserver.OnRestDue"/>.</returns>
    public TimeSpan? RestIfIdle()
    {
        TimeSpan? next;
        lock (_gate)
        {
            next = LookLocked();
        }

        Perform();
        return next;
    }

    private TimeSpan? LookLocked()
    {
        if (!_core.IsOpen || _core.IsRetired)
        {
            return null;
        }

        HandleLocked(new FunctionEvent.Looked());
        TimeSpan? next = _core.Instances.IsEmpty ? LookAtStopped() : null;

        // The instances that have been unused the longest come first, because Scale:Min keeps the last ones running. Running ones rest only if no request waits.
        foreach (var instance in _instances.Values.Where(CanRest).OrderBy(static instance => instance.LastUse).ToArray())
        {
            next = Sooner(next, LookAt(instance));
        }

        return Sooner(next, _core.UntilExpected(Now));
    }

    // A doubted instance is left alone, because it is being found out whether it can be used.
    private static bool CanRest(FunctionInstance instance) =>
        instance.Record.Phase is InstancePhase.AtRest || FunctionCore.IsServing(instance.Record);

    private TimeSpan? LookAt(FunctionInstance instance)
    {
        // The rest of another instance may have changed this one.
        if (!CanRest(instance))
        {
            return null;
        }

        if (instance.Record.RestAgainAt is { } at && -Now.Since(at) is var left && left > TimeSpan.Zero)
        {
            return left;
        }

        var isServing = FunctionCore.IsServing(instance.Record);
        if (isServing && _core.Active <= _core.Kept)
        {
            return null;
        }

        if (isServing && (IsUsed(instance) || _core.Waiting > 0 || IsKeptLocked(instance)))
        {
            return LookAgain;
        }

        var decision = (isServing ? KeptAwake(instance) ?? (BoundByOthers() is null ? Granted(instance) : null) : null) ?? Ask(instance.Tier, instance.LastUse);
        if (isServing && decision.Tier < instance.Tier)
        {
            decision = Vetoed(instance, decision) ?? decision;
        }

        var isDeeper = decision.Tier < instance.Tier;
        var isClosed = isDeeper && isServing && (instance.TryCloseEmpty() || (!IsUsed(instance) && instance.TryCloseEmpty()));
        HandleLocked(new FunctionEvent.RestDecided(instance.Record.Key, decision, isClosed));
        return !isDeeper ? decision.LookAgain
            : isServing && !isClosed ? LookAgain
            : null;
    }

    // An ignored request that leaves has this looked at again, since it does not push the rest back. It is noted first, so that one that leaves right now does so too.
    private static bool IsUsed(FunctionInstance instance)
    {
        if (instance.InFlight == 0)
        {
            return false;
        }

        instance.PutOffRest();
        return instance.InFlight > 0;
    }

    // For a stopped function a fixed tier leaves nothing to decide.
    private TimeSpan? LookAtStopped()
    {
        if (_core.Options.Idle.Tier is not null)
        {
            return null;
        }

        var decision = Ask(Tier.Stopped, _core.StoppedSince);
        HandleLocked(new FunctionEvent.RestDecided(Key: null, decision, IsDoorClosed: false));
        return decision.LookAgain;
    }

    // What has kept it awake until now may be over long before it says so itself.
    private TimeSpan LookAgain => _core.Rest?.LookAgain is { } again && (again <= After || After == TimeSpan.Zero) ? again : After;

    private TimeSpan After => _core.Options.Idle.After;

    private RestDecision Ask(Tier current, long lastUse) => RestRules.Decide(
        _services.Rest, new RestQuestion(_core.Options, _core.Tiers, current, _services.Time.GetElapsedTime(lastUse), OpenConnections, _core.MissingTier) { Bound = BoundByOthers() });

    /// <summary>Returns what the function occupies on this machine, for the memory watch.</summary>
    public Occupancy Occupancy()
    {
        lock (_gate)
        {
            var occupying = _instances.Values.Where(static instance => instance.Runtime is not null).ToArray();
            var (active, serving) = (_core.Active, _core.Instances.Count(FunctionCore.IsServing));
            var mayRest = _core.Waiting == 0 && active <= serving && (active == 0 || active > _core.Kept)
                && BoundByOthers() is not { Floor: Tier.Running } && occupying.All(static instance => instance.InFlight == 0 && instance.Record.Phase.MayRest);
            var instances = occupying.ToLookup(static instance => instance.State == InstanceState.Draining, static instance => instance.Runtime!);
            return new Occupancy(occupying.Select(instance => instance.Tier).DefaultIfEmpty(Tier.Stopped).Max(), mayRest, [.. instances[false]], [.. instances[true]]);
        }
    }

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private async Task MakeAheadAsync(FunctionInstance instance)
    {
        try
        {
            await BuildSandboxAsync(instance, instance.Cancellation.Token);
        }
        catch (Exception error)
        {
            // The next wake starts the instance from nothing, and reports the failure if that does not work either.
            ActivationLog.NotAhead(_services.Logger, Name, error.Message);
            Handle(new FunctionEvent.MakeFailed(instance.Record.Key));
            return;
        }

        Handle(new FunctionEvent.Rested(instance.Record.Key, Tier.Initialized, RestReasons.MadeAhead));
    }

    // Once it has begun it is not canceled, because a sandbox is found again by the next gateway.
    private async Task BuildSandboxAsync(FunctionInstance instance, CancellationToken cancellationToken)
    {
        await WaitForPortAsync(instance, cancellationToken);
        var ticket = _services.Budget.Enter(Share, [], cancellationToken);
        await ticket.Taken;
        using var limit = new CancellationTokenSource(instance.Options.Ready.Timeout, _services.Time);
        try
        {
            await (await RuntimeOfAsync(instance, limit.Token)).RestAsync(Tier.Initialized, limit.Token);
        }
        finally
        {
            _services.Budget.Release(ticket);
        }
    }
}
