using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Makes room for functions that may not have a program while this one has one (<c>Excludes</c>).</summary>
internal sealed partial class Function
{
    // A function that has just answered a request is likely to get the next one.
    private static readonly TimeSpan JustUsed = TimeSpan.FromSeconds(1);

    private int _hasTurn;
    private long _askedForRoom = long.MinValue / 2;

    /// <summary>Gets whether a request waits for the function.</summary>
    internal bool IsAwaited => Volatile.Read(ref _core).Waiting > 0;

    /// <summary>Returns whether an instance has a program, or may have one before anybody is told.</summary>
    internal bool HasProgram(FunctionInstance instance) =>
        Volatile.Read(ref _core).Find(instance.Record.Key) is { } record && record.Phase is not (InstancePhase.AtRest { In: <= Tier.Initialized } or InstancePhase.Making);

    /// <summary>Returns the instances whose program was there before the gateway, or was started by somebody else. They had to ask nobody.</summary>
    internal FunctionInstance[] FoundRunning()
    {
        lock (_gate)
        {
            return [.. _instances.Values.Where(static instance => instance.Record.Phase is
                InstancePhase.Running or InstancePhase.Starting { ByOthers: true } or InstancePhase.AtRest { In: > Tier.Initialized })];
        }
    }

    /// <summary>Returns the time after which the function may be asked to make room, or null if it need not be asked now, because a change of it or of the other one will be told.</summary>
    /// <param name="isAwaited">Whether a request waits for the other function.</param>
    /// <param name="turn">The time for which a function that is in use runs.</param>
    internal TimeSpan? MayMakeRoomIn(bool isAwaited, TimeSpan turn)
    {
        var core = Volatile.Read(ref _core);
        if (!isAwaited && core.Active <= core.Kept)
        {
            // Two that are both kept running would send each other away for ever.
            return null;
        }

        var serving = core.Instances.Where(static record => record.Phase.MayRest && record.Phase.Tier > Tier.Initialized).ToArray();
        if (serving.Length == 0)
        {
            return null;
        }

        var again = FunctionCore.RestAgain - _services.Time.GetElapsedTime(Volatile.Read(ref _askedForRoom));
        if (Running.Count == 0)
        {
            return Longer(again, TimeSpan.Zero);
        }

        var sinceUse = _services.Time.GetElapsedTime(LastUse);
        if (!IsInUse)
        {
            return Longer(again, JustUsed - sinceUse);
        }

        // Without a request that waits, whatever comes next is told: its rest, or that request. With one it is looked at in between whether the use is over.
        var left = serving.Max(static record => record.RunningSince) is { } ready ? turn - _services.Time.GetElapsedTime(ready) : TimeSpan.Zero;
        return isAwaited ? Longer(again, left < JustUsed ? left : JustUsed) : null;
    }

    /// <summary>Gets whether the function is used, or one that depends on it is.</summary>
    private bool IsInUse => IsAwaited
        || Running.Any(instance => instance.InFlight > 0 || instance.Veto is { Answer: not null } || (instance.AwakeUntil != 0 && Now.Since(instance.AwakeUntil) < TimeSpan.Zero))
        || Bonds.Dependents.Any(static dependent => dependent.IsInUse || (dependent.Awake == Tier.Running && dependent.Running.Count == 0));

    private long LastUse => Running.Select(static instance => instance.LastUse).Concat(Bonds.Dependents.Select(static dependent => dependent.LastUse)).DefaultIfEmpty(long.MinValue / 2).Max();

    /// <summary>Ends every program of the function, and before it of those that depend on it, after the requests inside have ended.</summary>
    internal async Task MakeRoomAsync()
    {
        Volatile.Write(ref _askedForRoom, _services.Time.GetTimestamp());
        await Task.WhenAll(Bonds.Dependents.Select(static dependent => dependent.MakeRoomAsync()));
        await SleepAsync(Options.Idle.MayRestInitialized ? Tier.Initialized : Tier.Stopped, RestReasons.Excluded);
    }

    /// <summary>Notes that it will be asked to make room when its turn is over. Returns false if that has been noted already.</summary>
    internal bool TryNoteTurn() => Interlocked.Exchange(ref _hasTurn, 1) == 0;

    /// <summary>Takes back what <see cref="TryNoteTurn"/> has noted.</summary>
    internal void EndTurn() => Volatile.Write(ref _hasTurn, 0);

    // A start that a handshake has begun may wait for a function that makes room only for requests.
    private void TellAwaited(Step wait)
    {
        if (wait.Immediate is null && Bonds.Excluded.Count > 0)
        {
            _services.Exclusions.Look(this);
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
