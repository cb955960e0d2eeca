using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// One function: its demand, its instances, and the one line of states between them. Every change happens under one lock
/// and ends in <see cref="Reconcile"/>, which compares what is wanted with what there is; so a signal during a stop ends
/// in a running function, and any number of signals in one start. An instance at rest is woken before a new one is made.
/// docs/cold-start.md draws it.
/// </summary>
internal sealed partial class Function
{
    private readonly Lock _gate = new();
    private readonly List<FunctionInstance> _instances = [];
    private readonly FunctionServices _services;
    private readonly BackOff _backOff;
    private readonly FunctionSeries _series;
    private TaskCompletionSource<Arrival> _arrival = NewArrival();
    private FunctionInstance[] _running = [];
    private Signal? _wanted;
    private int _waiting;
    private ITimer? _retry;
    private string _lastFailure = "";
    private StartFailureCause _lastCause;
    private bool _begun;
    private bool _retired;
    private bool? _atRest;
    private ColdStart? _cold;
    private TimeSpan _typicalStart;
    private int _connections;
    private long _lastArrival = long.MinValue / 2;

    public Function(uint index, FunctionOptions options, FunctionServices services)
    {
        Index = index;
        Options = options;
        _services = services;
        _backOff = new BackOff(services.Time);
        _series = new FunctionSeries(services.Metrics);
        Tiers = services.Runtimes[options.Run.Runtime].Tiers;
        _ahead = IsAhead(options);
        MinuteBudget = services.Budget.ForFunction();
    }

    public string Name => Options.Name;

    /// <summary>Its number in the kernel's maps.</summary>
    public uint Index { get; }

    public FunctionOptions Options { get; private set; }

    /// <summary>What its runtime has, the deepest first, <see cref="Tier.Running"/> last.</summary>
    public IReadOnlyList<Tier> Tiers { get; private set; }

    /// <summary>Whether the function is no longer configured, or the gateway ends.</summary>
    public bool IsRetired => Volatile.Read(ref _retired);

    internal TokenBucket MinuteBudget { get; private set; }

    /// <summary>The instances that take requests now. It is a snapshot: whether a request gets in is decided by its lease.</summary>
    public IReadOnlyList<FunctionInstance> Running => Volatile.Read(ref _running);

    /// <summary>The one that takes requests now, when there is exactly one.</summary>
    public FunctionInstance? Only => Volatile.Read(ref _running) is [var only] ? only : null;

    /// <summary>The one with the fewest requests in flight of those that take some; null when none does.</summary>
    public FunctionInstance? LeastUsed => Volatile.Read(ref _running).MinBy(instance => instance.InFlight);

    /// <summary>The cold start whose request is still awaited or answered; null on the warm path.</summary>
    public ColdStart? PendingColdStart => Volatile.Read(ref _cold);

    /// <summary>How long starts from nothing take, smoothed; zero before the first. Retry-After is made from it.</summary>
    public TimeSpan TypicalStart
    {
        get
        {
            lock (_gate)
            {
                return _typicalStart;
            }
        }
    }

    /// <summary>Client connections whose last request was for it and that are still open: their next one has no SYN.</summary>
    public int OpenConnections => Volatile.Read(ref _connections);

    /// <summary>Counts a client connection as one of this function's, until <see cref="Disconnected"/>.</summary>
    public void Connected() => Interlocked.Increment(ref _connections);

    /// <summary>Counts off a client connection whose last request was for this function, when it closes or uses another one.</summary>
    public void Disconnected()
    {
        if (Interlocked.Decrement(ref _connections) == 0)
        {
            lock (_gate)
            {
                Tell(observer => observer.OnRestDue(this));
            }
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

    public FunctionState State
    {
        get
        {
            lock (_gate)
            {
                return StateLocked();
            }
        }
    }

    public FunctionSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new FunctionSnapshot(
                Options.Name,
                StateLocked(),
                _waiting + _instances.Sum(instance => instance.InFlight),
                [.. _instances.Select(instance => new InstanceSnapshot(instance.Id, instance.State, instance.InFlight, instance.Runtime?.Endpoint))],
                _running.Length == 0 && _backOff.Failed ? _lastFailure : null,
                _rest);
        }
    }

    // Under the lock: those that take requests, or will.
    private int Active => _instances.Count(instance => instance.State is InstanceState.Starting or InstanceState.Running or InstanceState.Doubted);

    // Under the lock: one that rests can go on, or there is room for a new one.
    private bool CanBegin => _instances.Count < Options.Scale.Max || _instances.Exists(instance => instance.IsAtRest);

    private static Arrival Removed => new("The function was removed from the configuration.", TimeSpan.Zero);

    private FunctionState StateLocked()
    {
        if (_running.Length > 0)
        {
            return FunctionState.Running;
        }

        if (Active > 0)
        {
            // One that is doubted is awaited like one that starts.
            return FunctionState.Starting;
        }

        if (_instances.Exists(instance => instance.State == InstanceState.Draining))
        {
            return FunctionState.Draining;
        }

        return _instances.Max(instance => (InstanceState?)instance.State) switch
        {
            InstanceState.Paused => FunctionState.Paused,
            InstanceState.Initialized => FunctionState.Initialized,
            _ => _backOff.Failed ? FunctionState.Failed : FunctionState.Stopped,
        };
    }
}
