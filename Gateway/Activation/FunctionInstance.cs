using System.Collections.Immutable;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// One instance as the function's shell has it: the runtime's side of it, its door and its cold start. <see cref="Record"/> changes under
/// the function's lock, and the door closes with it; leases are taken without the lock.
/// </summary>
internal sealed class FunctionInstance
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Leases _leases = new();
    private ImmutableArray<IUsage> _others = [];
    private InstanceRecord _record;
    private TaskCompletionSource? _rest;

    /// <param name="record">What the core knows of it.</param>
    /// <param name="now">When it came to be, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    public FunctionInstance(InstanceRecord record, long now)
    {
        _record = record;
        NoteUse(now);
    }

    /// <summary>What the core knows of it.</summary>
    public InstanceRecord Record => Volatile.Read(ref _record);

    /// <summary>What it was started with; a reload may have changed the function's since.</summary>
    public FunctionOptions Options => Record.Options;

    /// <summary>The timeline of its last start, when that was a cold start.</summary>
    public ColdStart? ColdStart { get; private set; }

    /// <summary>Where it is in its life. It runs once its door is open, which is a moment after the core admits it.</summary>
    public InstanceState State => FunctionCore.IsServing(Record) && !_leases.IsOpen ? InstanceState.Starting : Record.Phase.Shown;

    /// <summary>The tier it is in, or starts from, or leaves for a deeper one.</summary>
    public Tier Tier => Record.Phase.Tier;

    /// <summary>Whether the instance is on its way to its end, after which nothing of it is left.</summary>
    public bool IsLeaving => Record.IsEnding;

    /// <summary>The runtime's side of the instance; null until the runtime has made it.</summary>
    public IInstance? Runtime { get; set; }

    /// <summary>The destination that the forwarder knows the instance by. Only the forwarder sets and reads it.</summary>
    public object? Destination { get; set; }

    /// <summary>Cancels the start: the function is retired, a reload changes its program, or an instance that was found takes its place.</summary>
    public CancellationTokenSource Cancellation { get; private set; } = new();

    /// <summary>When the runtime was called to start it, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long StartedAt { get; set; }

    /// <summary>Completes when nothing of it is left.</summary>
    public Task Gone => _gone.Task;

    public string Id => Runtime?.Id ?? "";

    /// <summary>What uses it now: requests, streams, WebSockets, and what its other sources of use count.</summary>
    public int InFlight => _others.IsEmpty ? _leases.Current : _leases.Current + _others.Sum(usage => usage.Current);

    /// <summary>When it was last used, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUse => _others.IsEmpty ? _leases.LastUse : Math.Max(_leases.LastUse, _others.Max(usage => usage.LastUse));

    /// <summary>Completes when its way to rest has ended, in rest, at its end or where it was; at once if it is on none.</summary>
    public Task RestOver => _rest?.Task ?? Task.CompletedTask;

    /// <summary>Takes what the core knows of it from now on. One that takes no requests any more closes its door.</summary>
    public void Take(InstanceRecord record, long now)
    {
        var wasServing = FunctionCore.IsServing(_record);
        Volatile.Write(ref _record, record);
        if (wasServing && !FunctionCore.IsServing(record))
        {
            _leases.Close();
        }

        if (record.Phase is InstancePhase.Leaving or InstancePhase.Ending { MayStay: true })
        {
            _rest ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        NoteUse(now);
    }

    /// <summary>Notes that a start begins, with its timeline if it is a cold start.</summary>
    public void BeginStart(ColdStart? coldStart)
    {
        ColdStart = coldStart;
        Cancellation = new CancellationTokenSource();
    }

    /// <summary>Tells whoever awaits <see cref="RestOver"/>.</summary>
    public void EndRest() => Interlocked.Exchange(ref _rest, null)?.TrySetResult();

    /// <summary>Tells whoever awaits <see cref="Gone"/>, and <see cref="RestOver"/>.</summary>
    public void MarkGone()
    {
        EndRest();
        _gone.TrySetResult();
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

    // What runs or rests was used then, if it was never used.
    private void NoteUse(long now)
    {
        if (_record.Phase.MayRest)
        {
            _leases.NoteFirst(now);
        }
    }
}
