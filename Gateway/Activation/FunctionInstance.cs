using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

public enum InstanceState
{
    Starting,
    Running,

    /// <summary>
    /// It refused a connection though its runtime says that it runs: takes no new requests until it answers a probe again.
    /// </summary>
    Doubted,

    /// <summary>On its way to rest or to its end: takes no requests.</summary>
    Draining,

    /// <summary>At rest, its program not yet executed.</summary>
    Initialized,

    /// <summary>At rest, frozen.</summary>
    Paused,
}

/// <summary>
/// One instance in its function's line of states. <see cref="State"/> and <see cref="Runtime"/> change under the
/// function's lock; leases are taken without it.
/// </summary>
/// <remarks>
/// Lease and drain meet without a lock: a lease counts itself and then looks whether the door is closed; a drain closes
/// the door and then looks at the count. Both are full fences, so at least one of them sees the other.
/// </remarks>
public sealed class FunctionInstance(FunctionOptions options)
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private int _closed = 1;
    private long _lastUse;
    private bool _leaving;
    private TaskCompletionSource? _empty;

    /// <summary>What it was started with; a reload may have changed the function's since.</summary>
    public FunctionOptions Options { get; } = options;

    /// <summary>The timeline of its last start, when that was a cold start.</summary>
    public ColdStart? ColdStart { get; private set; }

    public InstanceState State { get; set; } = InstanceState.Starting;

    /// <summary>The tier it is in, or starts from, or leaves for a deeper one.</summary>
    public Tier Tier { get; private set; } = Tier.Stopped;

    /// <summary>It is on its way to its end: nothing of it will be left.</summary>
    public bool IsLeaving => Volatile.Read(ref _leaving);

    public bool IsAtRest => State is InstanceState.Initialized or InstanceState.Paused;

    /// <summary>Somebody waits for its end; one is enough, however often it rests and wakes.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Null until the runtime has made it.</summary>
    public IInstance? Runtime { get; set; }

    /// <summary>What the forwarder knows it by; its own to set and to read.</summary>
    public object? Destination { get; set; }

    /// <summary>Ends the start: the function was retired, or nobody waits any more.</summary>
    public CancellationTokenSource Cancellation { get; private set; } = new();

    /// <summary>When the runtime was called to start it, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long StartedAt { get; set; }

    /// <summary>When it became ready, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long RunningSince { get; set; }

    /// <summary>Completes when nothing of it is left.</summary>
    public Task Gone => _gone.Task;

    public string Id => Runtime?.Id ?? "";

    /// <summary>Requests, streams and WebSockets that use it now.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>When it was last used, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUse => Volatile.Read(ref _lastUse);

    /// <summary>The start under way, or the last one, was somebody else's: how long it took is not known.</summary>
    public bool IsStartedByOthers { get; private set; }

    /// <summary>A start begins, from where it rests.</summary>
    public void BeginStart(ColdStart? coldStart, bool byOthers = false)
    {
        IsStartedByOthers = byOthers;
        ColdStart = coldStart;
        Cancellation = new CancellationTokenSource();
        State = InstanceState.Starting;
    }

    /// <summary>Its end begins.</summary>
    public void BeginEnd()
    {
        State = InstanceState.Draining;
        Volatile.Write(ref _leaving, true);
    }

    /// <summary>It has come to a tier.</summary>
    /// <param name="tier">Not <see cref="Tier.Stopped"/>: then nothing of it is left.</param>
    /// <param name="now">Counts as its last use when it has none.</param>
    public void Settle(Tier tier, long now)
    {
        Tier = tier;
        Volatile.Write(ref _leaving, false);
        State = tier switch
        {
            Tier.Running => InstanceState.Running,
            Tier.Paused => InstanceState.Paused,
            _ => InstanceState.Initialized,
        };
        Interlocked.CompareExchange(ref _lastUse, now, 0);
    }

    public bool TryLease()
    {
        Interlocked.Increment(ref _inFlight);
        if (Volatile.Read(ref _closed) == 0)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Release(long now)
    {
        Volatile.Write(ref _lastUse, now);
        Leave();
    }

    /// <summary>Lets requests in.</summary>
    public void Open(long now)
    {
        Volatile.Write(ref _lastUse, now);
        Volatile.Write(ref _empty, null);
        Interlocked.Exchange(ref _closed, 0);
    }

    /// <summary>Closes the door; who is inside stays.</summary>
    public void Shut() => Interlocked.Exchange(ref _closed, 1);

    /// <summary>Closes the door if nobody is inside.</summary>
    public bool TryCloseEmpty()
    {
        Interlocked.Exchange(ref _closed, 1);
        if (InFlight == 0)
        {
            return true;
        }

        Interlocked.Exchange(ref _closed, 0);
        return false;
    }

    /// <summary>Closes the door; the task completes when the last one has left.</summary>
    public Task CloseAsync()
    {
        // One for all that close it while it stays closed: the last one to leave tells every one of them.
        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var empty = Interlocked.CompareExchange(ref _empty, fresh, null) ?? fresh;
        Interlocked.Exchange(ref _closed, 1);
        if (InFlight == 0)
        {
            empty.TrySetResult();
        }

        return empty.Task;
    }

    public void MarkGone() => _gone.TrySetResult();

    private void Leave()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && Volatile.Read(ref _closed) == 1)
        {
            Volatile.Read(ref _empty)?.TrySetResult();
        }
    }
}
