using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// One function: the shell around its <see cref="FunctionCore"/>. Whatever happens to it becomes an event; the core says, under one lock, what
/// the function is then and what is to be done, and that is done after the lock, in order (<c>Function.Effects.cs</c>). Work that takes time
/// ends in an event again. docs/cold-start.md draws the states.
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
    private ColdStart? _cold;
    private int _connections;
    private long _lastArrival = long.MinValue / 2;

    public Function(uint index, FunctionOptions options, FunctionServices services)
    {
        Index = index;
        _services = services;
        _series = new FunctionSeries(services.Metrics);
        _core = FunctionCore.Of(options, services.Runtimes[options.Run.Runtime].Tiers);
        MinuteBudget = services.Budget.ForFunction();
    }

    public string Name => Options.Name;

    /// <summary>Its number in the kernel's maps.</summary>
    public uint Index { get; }

    /// <summary>The options that hold now.</summary>
    public FunctionOptions Options => Volatile.Read(ref _core).Options;

    /// <summary>What its runtime has, the deepest first, <see cref="Tier.Running"/> last.</summary>
    public IReadOnlyList<Tier> Tiers => Volatile.Read(ref _core).Tiers;

    /// <summary>Whether the function is no longer configured, or the gateway ends.</summary>
    public bool IsRetired => Volatile.Read(ref _core).IsRetired;

    internal TokenBucket MinuteBudget { get; }

    /// <summary>The instances that take requests now. It is a snapshot: whether a request gets in is decided by its lease.</summary>
    public IReadOnlyList<FunctionInstance> Running => Volatile.Read(ref _running);

    /// <summary>The one that takes requests now, when there is exactly one.</summary>
    public FunctionInstance? SingleRunning => Volatile.Read(ref _running) is [var single] ? single : null;

    /// <summary>The one with the fewest requests in flight of those that take some; null when none does.</summary>
    public FunctionInstance? LeastUsed => Volatile.Read(ref _running).MinBy(instance => instance.InFlight);

    /// <summary>The cold start whose request is still awaited or answered; null on the warm path.</summary>
    public ColdStart? PendingColdStart => Volatile.Read(ref _cold);

    /// <summary>How long starts from nothing take, smoothed; zero before the first. Retry-After is made from it.</summary>
    public TimeSpan TypicalStart => Volatile.Read(ref _core).TypicalStart;

    /// <summary>Client connections whose last request was for it and that are still open: their next one has no SYN.</summary>
    public int OpenConnections => Volatile.Read(ref _connections);

    /// <summary>The function's state: that of its most awake instance.</summary>
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

    /// <summary>Counts off a client connection whose last request was for this function, when it closes or uses another one.</summary>
    public void Disconnected()
    {
        if (Interlocked.Decrement(ref _connections) == 0)
        {
            Handle(new FunctionEvent.ConnectionsClosed());
        }
    }

    /// <summary>Tells the rest policy that a request came at this time, by <see cref="TimeProvider.GetTimestamp"/>; once a second at most.</summary>
    public void NoteArrival(long timestamp)
    {
        var last = Volatile.Read(ref _lastArrival);
        // A removed function's name may be another's by now.
        if (timestamp - last >= _services.Time.TimestampFrequency && !IsRetired && Interlocked.CompareExchange(ref _lastArrival, timestamp, last) == last)
        {
            _services.Rest.NoteArrival(Name, timestamp);
        }
    }

    /// <summary>The function and its instances, with what uses them now.</summary>
    public FunctionSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new FunctionSnapshot(
                Options.Name,
                StateLocked,
                _core.Waiting + _instances.Values.Sum(static instance => instance.InFlight),
                [.. _core.Instances.Select(record => SnapshotOf(_instances[record.Key]))],
                !_core.IsRunning && _core.BackOff.Failed ? _core.LastFailure : null,
                _core.Rest);
        }
    }

    // It runs for others once its door is open.
    private FunctionState StateLocked =>
        _core.State is var state && state == FunctionState.Running && !_instances.Values.Any(static instance => instance.State == InstanceState.Running)
            ? FunctionState.Starting
            : state;

    private static InstanceSnapshot SnapshotOf(FunctionInstance instance) =>
        new(instance.Id, instance.State, instance.InFlight, instance.Runtime?.Endpoint);

    private Signal RequestNow() => new(SignalKind.Request, _services.Time.GetTimestamp(), Client: null);

    private Moment Now => new(_services.Time.GetTimestamp(), _services.Time.TimestampFrequency);
}
