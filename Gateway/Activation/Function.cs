using Gateway.Activation.Core;
using Gateway.Activation.Trust;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// Represents one function: the shell around its <see cref="FunctionCore"/>. Everything that happens to the function becomes an event. Under one lock, the
/// core says what the function is then and what has to be done, and that is done after the lock, in order (<c>Function.Effects.cs</c>). Work that takes
/// time ends in another event. docs/cold-start.md shows the states.
/// </summary>
internal sealed partial class Function
{
    private readonly Lock _gate = new();
    private readonly FunctionServices _services;
    private readonly FunctionSeries _series;
    private readonly Dictionary<int, FunctionInstance> _instances = [];
    private FunctionCore _core;
    private FunctionInstance[] _running = [];
    private ITimer? _timer;
    private ITimer? _trial;
    private ColdStart? _cold;
    private int _connections;
    private long _version;
    private long _lastArrival = long.MinValue / 2;

    public Function(uint index, FunctionOptions options, FunctionServices services)
    {
        Index = index;
        _services = services;
        _series = new FunctionSeries(services.Metrics);
        _core = FunctionCore.Of(options, services.Runtimes[options.Run.Runtime].TiersOf(options)) with { ProveWithin = services.Trust.ProveWithin };
        Share = services.Budget.ForFunction();
        Trust = new FunctionTrust(this);
        WatchLocked();
    }

    public string Name => Options.Name;

    /// <summary>Gets the function's number in the kernel's maps.</summary>
    public uint Index { get; }

    /// <summary>Gets the options that are in effect.</summary>
    public FunctionOptions Options => Volatile.Read(ref _core).Options;

    /// <summary>Gets the tiers that the function's instances can be in, from the deepest to <see cref="Tier.Running"/>.</summary>
    public IReadOnlyList<Tier> Tiers => Volatile.Read(ref _core).Tiers;

    /// <summary>Gets what of its container is at odds with its rest, in one sentence without a full stop, or null if nothing is.</summary>
    public string? Notice => _services.Runtimes[Options.Run.Runtime].NoticeOf(Options);

    /// <summary>Gets why the function lacks a tier of its runtime that it has a use for, or null if it lacks none.</summary>
    public string? MissingTier => Volatile.Read(ref _core).MissingTier;

    /// <summary>Gets whether the function is no longer configured, or the gateway ends.</summary>
    public bool IsRetired => Volatile.Read(ref _core).IsRetired;

    /// <summary>Gets whether the gateway ends, and the function's instances are left to the next one.</summary>
    public bool LeavesInstances => Volatile.Read(ref _core) is { IsRetired: true, StopsRetired: false };

    /// <summary>Gets a number that grows when anything of the function changes but its requests and connections.</summary>
    internal long Version => Interlocked.Read(ref _version);

    /// <summary>Gets the function's share of the budget, which is used under the lock of <see cref="StartBudget"/>.</summary>
    internal FunctionShare Share { get; }

    /// <summary>Gets how far the signals for the function are trusted, which is used under the lock of <see cref="TrustJudge"/>.</summary>
    internal FunctionTrust Trust { get; }

    /// <summary>Gets the instances that take requests now. This is a snapshot: a lease decides whether a request gets in.</summary>
    public IReadOnlyList<FunctionInstance> Running => Volatile.Read(ref _running);

    /// <summary>Gets the instance that takes requests now if there is exactly one, else null.</summary>
    public FunctionInstance? SingleRunning => Volatile.Read(ref _running) is [var single] ? single : null;

    /// <summary>Gets the cold start whose request is still awaited or answered, or null on the warm path.</summary>
    public ColdStart? PendingColdStart => Volatile.Read(ref _cold);

    /// <summary>Gets the smoothed duration of starts from nothing, which is zero before the first one. Retry-After is based on it.</summary>
    public TimeSpan TypicalStart => Volatile.Read(ref _core).TypicalStart;

    /// <summary>Gets the number of open client connections whose last request was for this function, and whose next one has no SYN.</summary>
    public int OpenConnections => Volatile.Read(ref _connections);

    /// <summary>Gets the state of the function, which is that of its most awake instance.</summary>
    public FunctionState State
    {
        get
        {
            lock (_gate)
            {
                return StateLocked;
            }
        }
    }

    /// <summary>Counts a client connection as one of this function's, until <see cref="Disconnected"/>.</summary>
    public void Connected() => Interlocked.Increment(ref _connections);

    /// <summary>Stops counting a client connection whose last request was for this function, when it closes or uses another function.</summary>
    public void Disconnected()
    {
        if (Interlocked.Decrement(ref _connections) == 0)
        {
            Reconsider();
        }
    }

    /// <summary>Tells the rest policy that a request came at this time, by <see cref="TimeProvider.GetTimestamp"/>, at most once a second.</summary>
    public void NoteArrival(long timestamp)
    {
        var last = Volatile.Read(ref _lastArrival);
        // The name of a removed function may belong to another one by now.
        if (timestamp - last >= _services.Time.TimestampFrequency && !IsRetired && Interlocked.CompareExchange(ref _lastArrival, timestamp, last) == last)
        {
            _services.Rest.NoteArrival(Name, timestamp);
        }
    }

    /// <summary>Returns the function and its instances, with what uses them now.</summary>
    public FunctionSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new FunctionSnapshot(
                Options.Name,
                StateLocked,
                InFlightLocked,
                [.. _core.Instances.Select(record => SnapshotOf(_instances[record.Key]))],
                !_core.IsRunning && _core.BackOff.Failed ? _core.LastFailure : null,
                _core.Rest,
                Restriction,
                ScaleSnapshotLocked);
        }
    }

    /// <summary>Gets how many requests are being served or wait now.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate)
            {
                return InFlightLocked;
            }
        }
    }

    private int InFlightLocked => _core.Waiting - (_load is { } load ? Volatile.Read(ref load.Handed) : 0) + _instances.Values.Sum(static instance => instance.InFlight);

    // To the outside the function runs once a door is open.
    private FunctionState StateLocked =>
        _core.State is var state && state == FunctionState.Running && !_instances.Values.Any(static instance => instance.State == InstanceState.Running)
            ? FunctionState.Starting
            : state;

    private static InstanceSnapshot SnapshotOf(FunctionInstance instance) =>
        new(instance.Id, instance.State, instance.InFlight, instance.Runtime?.Endpoint);

    private Signal RequestNow() => new(SignalKind.Request, _services.Time.GetTimestamp(), Client: null);

    private Moment Now => new(_services.Time.GetTimestamp(), _services.Time.TimestampFrequency);
}
