using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Deciding where to rest, and what is done without anybody asking: waking before the expected, making ahead.</summary>
internal sealed partial class Function
{
    private const string Asked = "It was asked to.";
    private const string Outdated = "Its options have changed.";
    private const string Retired = "It is no longer needed.";

    private RestDecision? _rest;
    private TimeSpan? _lookAgain;
    private long? _expected;
    private bool _ahead;

    /// <summary>Brings each instance that should rest deeper to rest there, and wakes the function if a use is expected.</summary>
    /// <returns>Time until it is worth asking again; null: not before <see cref="IFunctionObserver.OnRestDue"/>.</returns>
    public TimeSpan? RestIfIdle()
    {
        lock (_gate)
        {
            if (!_begun || _retired)
            {
                return null;
            }

            WakeExpected();
            TimeSpan? next = _instances.Count == 0 ? LookAtStopped() : null;

            // Two instances with room in one: the least used rests. The last ones only when nobody waits.
            foreach (var instance in _instances.Where(instance => MayRest(instance) && instance.State != InstanceState.Doubted).OrderBy(instance => instance.LastUse).ToArray())
            {
                next = Sooner(next, LookAt(instance));
            }

            return Sooner(next, UntilExpected);
        }
    }

    /// <summary>What the function occupies of the machine; the memory watch asks for it.</summary>
    public Occupancy Occupancy()
    {
        lock (_gate)
        {
            var occupying = _instances.Where(instance => instance.Runtime is not null).ToArray();
            var mayRest = _waiting == 0 && Active <= _running.Length && (Active == 0 || Active > Options.Scale.Min) && occupying.All(instance => instance.InFlight == 0 && MayRest(instance));
            var instances = occupying.ToLookup(instance => instance.State == InstanceState.Draining, instance => instance.Runtime!);
            return new Occupancy(occupying.Select(instance => instance.Tier).DefaultIfEmpty(Tier.Stopped).Max(), mayRest, [.. instances[false]], [.. instances[true]]);
        }
    }

    private TimeSpan? UntilExpected =>
        _expected is { } at ? TimeSpan.FromTicks(Math.Max(0, -_services.Time.GetElapsedTime(at).Ticks)) : null;

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private static bool IsAhead(FunctionOptions options) => options.Idle.Tier == Tier.Initialized;

    private bool MayRest(FunctionInstance instance) => instance.IsAtRest || instance.State is InstanceState.Running or InstanceState.Doubted;

    private TimeSpan? LookAt(FunctionInstance instance)
    {
        if (instance.State == InstanceState.Running)
        {
            if (Active <= Options.Scale.Min)
            {
                return null;
            }

            if (instance.InFlight > 0 || _waiting > 0)
            {
                return _lookAgain ?? Options.Idle.After;
            }
        }

        var decision = Ask(instance.Tier, _services.Time.GetElapsedTime(instance.LastUse));
        if (decision.Tier >= instance.Tier)
        {
            return decision.LookAgain;
        }

        if (instance.State == InstanceState.Running && !instance.TryCloseEmpty())
        {
            return _lookAgain ?? Options.Idle.After;
        }

        _ = BeginRest(instance, decision.Tier, decision.Reason, Task.CompletedTask);
        return null;
    }

    // A fixed tier has nothing more to say of what is stopped.
    private TimeSpan? LookAtStopped() =>
        Options.Idle.Tier is null ? Ask(Tier.Stopped, _services.Time.GetElapsedTime(_stoppedSince)).LookAgain : null;

    private RestDecision Ask(Tier current, TimeSpan idle)
    {
        var decision = RestRules.Decide(_services.Rest, new RestQuestion(Options, Tiers, current, idle, OpenConnections));
        (_rest, _lookAgain) = (decision, decision.LookAgain);
        _expected = decision.WakeIn is { } wait ? _services.Time.GetTimestamp() + (long)(wait.TotalSeconds * _services.Time.TimestampFrequency) : null;
        return decision;
    }

    // Like a handshake: from what the budget has free, or not at all.
    private void WakeExpected()
    {
        if (UntilExpected != TimeSpan.Zero)
        {
            return;
        }

        _expected = null;
        if (Active == 0 && CanBegin && _backOff.Remaining == TimeSpan.Zero && _services.Budget.TryTake(MinuteBudget))
        {
            Begin(RequestNow(), budgeted: true, cold: false);
        }
    }

    // Under the lock: a function that rests initialized does so before its first wake too. Tried once, and again when
    // something has run or changed.
    private void MakeAhead()
    {
        if (_ahead && _instances.Count == 0)
        {
            _ahead = false;
            var instance = Add(new FunctionInstance(Options) { State = InstanceState.Draining });
            _ = Task.Run(() => MakeAheadAsync(instance));
        }
    }

    private async Task MakeAheadAsync(FunctionInstance instance)
    {
        try
        {
            await WaitForPortAsync(instance, instance.Cancellation.Token);
            await _services.Budget.TakeAsync(MinuteBudget, instance.Cancellation.Token);
            using var limit = new CancellationTokenSource(instance.Options.Ready.Timeout, _services.Time);
            try
            {
                await (await RuntimeOfAsync(instance, limit.Token)).RestAsync(Tier.Initialized, limit.Token);
            }
            finally
            {
                _services.Budget.Release();
            }
        }
        catch (Exception error)
        {
            // Whoever comes next starts it from nothing and hears why that does not work, if it does not.
            ActivationLog.NotAhead(_services.Logger, Name, error.Message);
            await EndAsync(instance);
            return;
        }

        AtRest(instance, Tier.Initialized, "Made ahead.");
    }
}
