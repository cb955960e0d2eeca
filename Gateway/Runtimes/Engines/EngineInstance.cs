using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Represents one run of one container. A start or a pause that was sent cannot be taken back, so canceling <see cref="StartAsync"/>
/// ends only the wait, and whatever is asked next waits until that move has ended. A container is also not given to the next instance while a
/// stop of this one is on its way to the engine.
/// </summary>
internal sealed partial class EngineInstance : IInstance
{
    /// <summary>The assumed duration of an adopted container's start, which this gateway has not seen. It is longer than starts take, which does no harm.</summary>
    private static readonly TimeSpan AdoptedStartTook = TimeSpan.FromSeconds(10);

    /// <summary>The description of <see cref="OutdateAsync"/> for the log.</summary>
    public const string Outdating = "ending what was made ahead of an older image";

    private readonly InstanceContext _context;
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Container _container;
    private IPEndPoint? _endpoint;
    private Task? _move;
    private TimeSpan _startTook;
    private Task? _stop;
    private TaskCompletionSource _somebodyWaits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Tier _tier = Tier.Stopped;
    private bool _countsEvents;
    private bool _hinted;

    // What an event during a move told last of the freezer; null if there was none.
    private bool? _toldFrozen;

    // The number of moves that have begun. What was seen before a move says nothing after it.
    private int _moves;

    private bool _ended;
    private bool _abandoned;
    private bool _limited;
    private volatile bool _isAhead;

    // The longest time between the start time that the engine notes and that of its event, in nanoseconds. A later event is from another start.
    private const long LateEvent = 2_000_000_000;

    // When the start of this run was requested, by the engine's clock in nanoseconds since 1970; 0 if not by this gateway.
    private long _asked;

    // When the program was executed, by the engine's clock in nanoseconds since 1970; 0 if that is not known yet.
    private long _began;

    // When somebody else last sent the program a signal, by the context's clock; 0 if nobody has.
    private long _signalled;

    /// <summary>Creates an instance that has yet to be started, in a container that rests.</summary>
    public EngineInstance(InstanceContext context, Container container)
    {
        _context = context;
        _endpoint = context.FixedEndpoint;
        Use(container);
    }

    /// <summary>Gets the name, which begins with the container's id. It is another one after a start that had to take another container.</summary>
    public string Id { get; private set; }

    /// <summary>Gets what its container is from.</summary>
    public IContainerStore Store => _context.Pool;

    /// <summary>Gets the id of the container that it is in now.</summary>
    public string ContainerId => _container.Id;

    /// <summary>Gets the address. There is none while a gate listens there: a probe would take it for the program.</summary>
    public IPEndPoint? Endpoint => _waits && _context.Gates!.ListensForProgram ? null : _endpoint;

    /// <summary>Gets the paths for the current container, which is another one if the start had to replace a container that somebody removed.</summary>
    public IReadOnlyList<string> CgroupPaths => _context.Engine.Dialect.CgroupPaths(_context.CgroupRoot, _context.Facts.CgroupDriver, _container.Id);

    public string Build => _context.Spec.Image.Id;

    public Tier Tier => _tier;

    public Task<InstanceExit> Exited => _exited.Task;

    private bool IsOutdated => _context.Pool.Spec is { } spec && spec.Hash != _container.SpecHash;

    private bool IsStopping => _stop is { IsCompleted: false };

    /// <summary>Makes this the instance in the container.</summary>
    [MemberNotNull(nameof(_container), nameof(Id))]
    private void Use(Container container)
    {
        _container = container;
        // Successive runs of a container are different instances, even over restarts of the gateway.
        Id = $"{container.Id[..12]}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        _context.Live[container.Id] = this;
    }

    /// <summary>Takes over a container that runs or is frozen. Returns false if its program has ended meanwhile, in which case the container rests.</summary>
    /// <param name="letsThrough">Whether its program is executed if its gate waits.</param>
    public async Task<bool> AdoptAsync(bool letsThrough, CancellationToken cancellationToken)
    {
        _move = Task.CompletedTask;
        _startTook = AdoptedStartTook;
        try
        {
            await FindEndpointAsync(cancellationToken);
            await FindGateAsync(letsThrough, cancellationToken);
            if (EndMove())
            {
                await CheckAsync();
            }

            return !_exited.Task.IsCompleted;
        }
        catch (RuntimeException) when (_exited.Task.IsCompleted)
        {
            return false;
        }
    }

    public void Hurry()
    {
        InterruptRest();
        Volatile.Read(ref _somebodyWaits).TrySetResult();
    }

    public void InterruptRest() => _context.Pager.Interrupt();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _context.Pager.Reset();
        if (Volatile.Read(ref _somebodyWaits).Task.IsCompleted)
        {
            // The request that waited for the end of the run before no longer waits.
            Volatile.Write(ref _somebodyWaits, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await MoveAsync(() => _tier switch { Tier.PagedOut or Tier.Paused => WakeAsync(), Tier.Initialized => LetThroughAsync(), _ => RunAsync() }, cancellationToken);
        }
        catch
        {
            _abandoned = true;
            throw;
        }

        _abandoned = false;
    }

    public Task RestAsync(Tier tier, CancellationToken cancellationToken)
    {
        if (tier is Tier.Stopped or Tier.Running || (tier == Tier.Initialized && _container.Gate is null && _context.Pool.Spec is not { Gate.Has: true }))
        {
            throw new ArgumentOutOfRangeException(nameof(tier), tier, "Not a tier to rest in here.");
        }

        return MoveAsync(() => tier switch { Tier.Paused => FreezeAsync(), Tier.PagedOut => PageOutAsync(), _ => InitializeAsync() }, cancellationToken);
    }

    public Task ReadyAsync(CancellationToken cancellationToken)
    {
        ForgetWord();
        return _context.Spec.Run.Cpu.Boost && !_limited ? MoveAsync(LimitAsync, cancellationToken) : Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _context.Pager.Interrupt();
        Task stop;
        lock (_lock)
        {
            if (_ended && !IsStopping)
            {
                return Task.CompletedTask;
            }

            // A stop that failed, for example because the engine was away, is tried again.
            stop = IsStopping ? _stop! : _stop = EndAsync();
        }

        return stop.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Ends an instance whose sandbox was built ahead from an image that its name no longer stands for. One that runs or is frozen goes on
    /// until it rests.
    /// </summary>
    public Task OutdateAsync() => _tier == Tier.Initialized && IsOutdated ? StopAsync(CancellationToken.None) : Task.CompletedTask;

    /// <summary>
    /// Leaves a run to the next gateway. If the start or the stop was given up, the run is stopped in the background, because nobody else
    /// would do so.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _context.Pager.Interrupt();
        if (_move is null)
        {
            await StopAsync(CancellationToken.None);
        }
        else if (_abandoned && !_exited.Task.IsCompleted)
        {
            _context.Work.Run("stopping a container whose start was given up", AbandonAsync);
        }
        else
        {
            await LeaveAsync();
        }
    }
}
