using System.Net;
using Gateway.Activation.Core;
using Gateway.Activation.Scaling;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Asks the scaler how many instances there should be, and starts those that are missing.</summary>
internal sealed partial class Function
{
    /// <summary>How long a start that could not begin waits for its next try: the budget may be used up, or an instance still be on its way out.</summary>
    private static readonly TimeSpan s_tryAgain = TimeSpan.FromMilliseconds(250);

    private FunctionLoad? _load;

    /// <summary>Asks the scaler now, and does what it says. <c>Scale:Max</c> and the free budget limit it.</summary>
    internal void Scale()
    {
        lock (_gate)
        {
            ScaleLocked(RequestNow());
        }

        Perform();
    }

    /// <summary>
    /// Counts a client's connection as a request that is about to come, if the function starts and may have several instances. Once it runs it is its requests
    /// that count.
    /// </summary>
    /// <param name="client">Where the connection comes from, on whose behalf instances are started.</param>
    /// <returns>Returns what <see cref="Unexpect"/> has to be told when the request has come or the connection is over, or 0 if the connection is not counted.</returns>
    public int Expect(IPEndPoint? client)
    {
        if (Volatile.Read(ref _load) is not { } load || Running.Count > 0 || Options.Scale.Max == 1)
        {
            return 0;
        }

        int wake;
        lock (_gate)
        {
            if (_core.IsRunning || _core.Active == 0)
            {
                return 0;
            }

            load.Expected++;
            wake = load.Wake;
            ScaleLocked(new Signal(SignalKind.Established, _services.Time.GetTimestamp(), client) { IsConfirmed = true });
        }

        Perform();
        return wake;
    }

    /// <summary>Ends what <see cref="Expect"/> began.</summary>
    public void Unexpect(int wake)
    {
        lock (_gate)
        {
            if (_load is { } load && load.Wake == wake)
            {
                load.Expected--;
            }
        }
    }

    // Called under the lock, at the begin and after each change of the options.
    private void WatchLocked()
    {
        var scale = _core.Options.Scale;
        if (_load is null && !scale.IsWatched)
        {
            return;
        }

        if (_load is null)
        {
            Volatile.Write(ref _load, new FunctionLoad(scale, _services.Time));
        }
        else
        {
            _load.Configure(scale, InFlightLocked);
        }

        foreach (var instance in _instances.Values)
        {
            instance.Watcher = this;
        }
    }

    private void ScaleLocked(in Signal signal)
    {
        if (_load is not { } load)
        {
            return;
        }

        if (_core.IsRetired || !_core.IsOpen || _core.Active == 0 || (_core.Active == 1 && _core.Options.Scale.Max == 1))
        {
            StopScalingLocked(load);
            return;
        }

        var asked = LoadLocked(load);
        var before = load.Decision;
        var decision = load.Decision = _services.Scaler.Decide(asked, before.State);
        var told = before.Wanted == 0 ? asked.Active : before.Wanted;
        if (decision.Wanted > _core.Active || decision.Wanted != told)
        {
            HandleLocked(new FunctionEvent.ScaleDecided(decision.Wanted, signal, told, decision.Reason));
        }

        _services.Metrics.ScaleDesired(Name, decision.Wanted);
        MarkSurplusLocked(decision);
        LookAgainLocked(load, decision);
        load.IsWaking &= !asked.IsWaking || _core.Active < _core.Options.Scale.Activation;
        load.AskAbove(load.IsWaking ? 0 : decision.AskAbove);
    }

    private ScaleLoad LoadLocked(FunctionLoad load)
    {
        var now = _services.Time.GetTimestamp();
        var (waiting, inUse) = (_core.Waiting - Volatile.Read(ref load.Handed), _instances.Values.Sum(static instance => instance.InFlight));
        if (load.Decision.Wanted == 0)
        {
            load.History.Begin(waiting + inUse, now);
        }

        var ready = _instances.Values.Count(static instance => FunctionCore.IsServing(instance.Record) && !instance.IsSurplus);
        if (ready > 0 && load.Expected > 0)
        {
            (load.Expected, load.Wake) = (0, load.Wake + 1);
        }

        var averages = load.History.Read(waiting + inUse, now);
        return new ScaleLoad(_core.Options.Scale, _services.Time.GetElapsedTime(0, now), waiting, inUse)
        {
            Expected = load.Expected,
            // The request that was the first may be over already.
            IsWaking = load.IsWaking && (waiting + inUse + load.Expected > 0 || averages.Stable > 0),
            Average = averages.Stable,
            RecentAverage = averages.Panic,
            Ready = ready,
            Active = Math.Max(1, _core.Active - _instances.Values.Count(static instance => instance.IsSurplus)),
            LongestWait = ready > 0 && load.Places.FirstSince is { } since ? _services.Time.GetElapsedTime(since, now) : null,
            TypicalStart = _core.TypicalStart,
        };
    }

    private void LogScaled(FunctionEffect.LogScaled scaled)
    {
        if (_services.ScaleLines.TryTake(out var skipped))
        {
            if (skipped > 0)
            {
                ActivationLog.MoreScaled(_services.Logger, skipped);
            }

            ActivationLog.Scaled(_services.Logger, Name, scaled.Before, scaled.Wanted, scaled.Reason);
        }
    }

    private void LookAgainLocked(FunctionLoad load, in ScaleDecision decision)
    {
        var next = decision.LookAgain;
        if (_core.Active < decision.Wanted && (next is null || next > s_tryAgain))
        {
            next = s_tryAgain;
        }

        load.Timer ??= _services.Time.CreateTimer(static function => ((Function)function!).Scale(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        load.Timer.Change(next is { } wait ? wait + TimeSpan.FromMilliseconds(1) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // Nothing is measured and nothing is due while the function is at rest.
    private void StopScalingLocked(FunctionLoad load)
    {
        load.Timer?.Dispose();
        load.Timer = null;
        if (load.Decision.Wanted > 0 && !_core.IsRetired)
        {
            _services.Metrics.ScaleDesired(Name, _core.Active);
        }

        load.Decision = default;
        load.IsWaking = _core.Active == 0;
        load.AskAbove(null);
        (load.Expected, load.Wake) = (0, load.Wake + 1);
        foreach (var instance in _instances.Values)
        {
            instance.IsSurplus = false;
        }

        _surplus = 0;
    }

    private ScaleSnapshot? ScaleSnapshotLocked =>
        _load is { Decision: { Wanted: > 0 } decision } ? new ScaleSnapshot(decision.Wanted, _instances.Values.Count(static instance => instance.State == InstanceState.Running), decision.Reason) : null;
}
