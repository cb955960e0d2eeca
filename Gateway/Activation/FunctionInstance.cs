using System.Collections.Immutable;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// Represents one instance in the function's shell: the runtime's side of it, its door and its cold start. <see cref="Record"/> changes under
/// the function's lock, and the door closes with it. Leases are taken without the lock.
/// </summary>
internal sealed class FunctionInstance
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Leases _leases = new();
    private ImmutableArray<IUsage> _others = [];
    private InstanceRecord _record;
    private TaskCompletionSource? _rest;
    private bool _isRestPutOff;

    /// <param name="record">What the core knows of the instance.</param>
    /// <param name="now">When the instance was added, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    public FunctionInstance(InstanceRecord record, long now)
    {
        _record = record;
        NoteUse(now);
    }

    /// <summary>Gets what the core knows of the instance.</summary>
    public InstanceRecord Record => Volatile.Read(ref _record);

    /// <summary>Gets the options that the instance was made from. A reload may have changed those of the function since.</summary>
    public FunctionOptions Options => Record.Options;

    /// <summary>Gets the timeline of the last start if that was a cold start, else null.</summary>
    public ColdStart? ColdStart { get; private set; }

    /// <summary>Gets the state of the instance. It runs once its door is open, which is a moment after the core admits it.</summary>
    public InstanceState State => FunctionCore.IsServing(Record) && !_leases.IsOpen ? InstanceState.Starting : Record.Phase.Shown;

    /// <summary>Gets the tier that the instance is in, starts from, or leaves for a deeper one.</summary>
    public Tier Tier => Record.Phase.Tier;

    /// <summary>Gets whether the instance is on its way to its end, after which nothing of it is left.</summary>
    public bool IsLeaving => IsGoing || Record.IsEnding;

    /// <summary>Gets or sets whether the function was removed, and ends when those that depend on it have ended.</summary>
    public bool IsGoing { get; set; }

    /// <summary>Gets or sets the runtime's side of the instance, which is null until the runtime has made it.</summary>
    public IInstance? Runtime { get; set; }

    /// <summary>Gets or sets the destination by which the forwarder knows the instance. The forwarder sets it, and a start that begins a new run of the program clears it.</summary>
    public object? Destination { get; set; }

    /// <summary>Gets what cancels the start when the function is retired, a reload changes its program, or an instance that was found takes its place.</summary>
    public CancellationTokenSource Cancellation { get; private set; } = new();

    /// <summary>Gets or sets when the runtime was called to start the instance, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long StartedAt { get; set; }

    /// <summary>Gets or sets whether the runtime has started the program for the last start.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Gets or sets the last start's claim on the budget, or null if it has made none yet.</summary>
    public StartTicket? Ticket { get; set; }

    /// <summary>Gets or sets whether nobody waited for the start any more before it was in the budget's line.</summary>
    public bool IsUnneeded { get; set; }

    /// <summary>Gets or sets until when the instance stays awake by its own word, by <see cref="TimeProvider.GetTimestamp"/>, or 0. It is used under the function's lock.</summary>
    public long AwakeUntil { get; set; }

    /// <summary>Gets or sets the last question whether the instance is busy, or null if there is none that matters any more. It is used under the function's lock.</summary>
    public VetoInquiry? Veto { get; set; }

    /// <summary>Gets a task that completes when nothing of the instance is left.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Gets the runtime's id of the instance, or an empty text until the runtime has made it.</summary>
    public string Id => Runtime?.Id ?? "";

    /// <summary>Gets how many uses the instance has now: requests, streams, WebSockets, and what its other sources of use count.</summary>
    public int InFlight => _others.IsEmpty ? _leases.Current : _leases.Current + _others.Sum(usage => usage.Current);

    /// <summary>Gets when the instance was last used, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUse => _others.IsEmpty ? _leases.LastUse : Math.Max(_leases.LastUse, _others.Max(usage => usage.LastUse));

    /// <summary>Gets a task that completes when the way to rest has ended: at rest, at the instance's end or where it was. It is complete if there is none.</summary>
    public Task RestOver => _rest?.Task ?? Task.CompletedTask;

    /// <summary>Takes what the core knows of the instance from now on, and closes the door if the instance takes no more requests.</summary>
    public void Take(InstanceRecord record, long now)
    {
        var wasServing = FunctionCore.IsServing(_record);
        Volatile.Write(ref _record, record);
        if (wasServing && !FunctionCore.IsServing(record))
        {
            _leases.Close();
            IsSurplus = false;
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
        IsUnneeded = false;
        HasStarted = false;
    }

    /// <summary>Completes <see cref="RestOver"/>.</summary>
    public void EndRest() => Interlocked.Exchange(ref _rest, null)?.TrySetResult();

    /// <summary>Completes <see cref="Gone"/> and <see cref="RestOver"/>.</summary>
    public void MarkGone()
    {
        EndRest();
        _gone.TrySetResult();
    }

    /// <summary>Gets how many requests have a lease on the instance.</summary>
    public int Leased => _leases.Current;

    /// <summary>Gets whether the instance takes requests.</summary>
    public bool IsOpen => _leases.IsOpen;

    /// <summary>Gets when the instance last began to take requests, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>Gets or sets whether the function has too many instances and this one leaves as soon as nobody uses it. Until then it takes requests only if no other one does.</summary>
    public bool IsSurplus { get; set; }

    /// <summary>Gets or sets the function, if it has to know when a request leaves the instance.</summary>
    public Function? Watcher { get; set; }

    /// <summary>Takes a lease, which has to be released exactly once.</summary>
    /// <returns>Returns false if the instance takes no requests.</returns>
    public bool TryLease() => _leases.TryTake();

    /// <summary>Takes a lease if there are fewer than so many.</summary>
    /// <returns>Returns false if the instance takes no requests, or has no free place.</returns>
    public bool TryLease(int limit) => _leases.TryTake(limit);

    /// <summary>Ends a lease.</summary>
    public void Release(long now)
    {
        _leases.Release(now);
        Watcher?.NoteReleased(this, now);
    }

    /// <summary>Ends a lease of an ignored request, which does not count as a use.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Returns whether a rest was put off meanwhile, so that it has to be decided again.</returns>
    public bool ReleaseUnused(long now)
    {
        _leases.ReleaseUnused();
        Watcher?.NoteReleased(this, now);
        return Interlocked.Exchange(ref _isRestPutOff, false);
    }

    /// <summary>Notes that the instance could not be brought to rest because of what is inside.</summary>
    public void PutOffRest() => Interlocked.Exchange(ref _isRestPutOff, true);

    /// <summary>Adds a source of use beside the leases.</summary>
    public void Add(IUsage usage) => ImmutableInterlocked.Update(ref _others, static (others, added) => others.Add(added), usage);

    /// <summary>Opens the door.</summary>
    public void Open(long now)
    {
        OpenedAt = now;
        _leases.Open(now);
    }

    /// <summary>Closes the door if nothing uses the instance; otherwise leaves it open and returns false.</summary>
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

    /// <summary>Closes the door, and returns a task that completes when nothing uses the instance any more.</summary>
    public Task CloseAsync()
    {
        _leases.Close();
        return _others.IsEmpty ? _leases.EmptyAsync() : Task.WhenAll([_leases.EmptyAsync(), .. _others.Select(usage => usage.EmptyAsync())]);
    }

    /// <summary>Finds out, behind the closed door of an instance that nothing used, whether its other sources of use have nothing on its way either.</summary>
    public async Task<bool> IsUnusedAsync()
    {
        foreach (var usage in _others)
        {
            if (!await usage.IsUnusedAsync())
            {
                return false;
            }
        }

        return true;
    }

    // An instance that has never been used counts as used when it begins to run or rest.
    private void NoteUse(long now)
    {
        if (_record.Phase.MayRest)
        {
            _leases.NoteFirst(now);
        }
    }
}
