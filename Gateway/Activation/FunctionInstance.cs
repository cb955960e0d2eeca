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

    /// <summary>Whether the instance is on its way to its end, after which nothing of it is left.</summary>
    public bool IsLeaving => Volatile.Read(ref _leaving);

    public bool IsAtRest => State is InstanceState.Initialized or InstanceState.Paused;

    /// <summary>Whether the function awaits the instance's end already. It is awaited once, however often the instance rests and wakes.</summary>
    public bool IsWatched { get; set; }

    /// <summary>The runtime's side of the instance; null until the runtime has made it.</summary>
    public IInstance? Runtime { get; set; }

    /// <summary>The destination that the forwarder knows the instance by. Only the forwarder sets and reads it.</summary>
    public object? Destination { get; set; }

    /// <summary>Cancels the start: the function is retired, a reload changes its program, or an instance that was found takes its place.</summary>
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

    /// <summary>Whether somebody else has started it, this time or the last time, so that how long the start took is not known.</summary>
    public bool IsStartedByOthers { get; private set; }

    /// <summary>Begins a start, from the tier that the instance is in.</summary>
    public void BeginStart(ColdStart? coldStart, bool byOthers = false)
    {
        IsStartedByOthers = byOthers;
        ColdStart = coldStart;
        Cancellation = new CancellationTokenSource();
        State = InstanceState.Starting;
    }

    /// <summary>Marks the instance as on its way to its end.</summary>
    public void BeginEnd()
    {
        State = InstanceState.Draining;
        Volatile.Write(ref _leaving, true);
    }

    /// <summary>Notes that the instance has come to a tier.</summary>
    /// <param name="tier">Any but <see cref="Tier.Stopped"/>, in which nothing of the instance is left.</param>
    /// <param name="now">The time, which counts as its last use if it was never used.</param>
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

    /// <summary>Closes the door. Requests that are inside go on.</summary>
    public void Shut() => Interlocked.Exchange(ref _closed, 1);

    /// <summary>Closes the door if no request is inside, else leaves it open and returns false.</summary>
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
