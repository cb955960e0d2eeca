using System.Collections.Immutable;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// One instance in its function's line of states. <see cref="State"/> and <see cref="Runtime"/> change under the
/// function's lock; leases are taken without it.
/// </summary>
internal sealed class FunctionInstance(FunctionOptions options)
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Leases _leases = new();
    private ImmutableArray<IUsage> _others = [];
    private bool _leaving;

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

    /// <summary>What uses it now: requests, streams, WebSockets, and what its other sources of use count.</summary>
    public int InFlight => _others.IsEmpty ? _leases.Current : _leases.Current + _others.Sum(usage => usage.Current);

    /// <summary>When it was last used, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUse => _others.IsEmpty ? _leases.LastUse : Math.Max(_leases.LastUse, _others.Max(usage => usage.LastUse));

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
        _leases.NoteFirst(now);
    }

    /// <summary>Takes a lease, which has to be released once.</summary>
    /// <returns>Returns false if the instance takes no requests.</returns>
    public bool TryLease() => _leases.TryTake();

    /// <summary>Ends a lease.</summary>
    public void Release(long now) => _leases.Release(now);

    /// <summary>Adds a source of use beside the leases.</summary>
    public void Add(IUsage usage) => ImmutableInterlocked.Update(ref _others, static (others, added) => others.Add(added), usage);

    /// <summary>Lets requests in.</summary>
    public void Open(long now) => _leases.Open(now);

    /// <summary>Closes the door. Requests that are inside go on.</summary>
    public void Shut() => _leases.Close();

    /// <summary>Closes the door if nothing uses the instance, else leaves it open and returns false.</summary>
    public bool TryCloseEmpty()
    {
        if (!_leases.TryCloseEmpty())
        {
            return false;
        }

        if (InFlight == 0)
        {
            return true;
        }

        _leases.Reopen();
        return false;
    }

    /// <summary>Closes the door; the task completes when nothing uses the instance any more.</summary>
    public Task CloseAsync()
    {
        _leases.Close();
        return _others.IsEmpty ? _leases.EmptyAsync() : Task.WhenAll([_leases.EmptyAsync(), .. _others.Select(usage => usage.EmptyAsync())]);
    }

    public void MarkGone() => _gone.TrySetResult();
}
