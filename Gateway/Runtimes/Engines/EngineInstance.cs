using System.Net;
using System.Security.Cryptography;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// One run of one container. A start, a pause that was sent cannot be taken back, so cancelling <see cref="StartAsync"/>
/// ends only the waiting; whatever is asked next waits for its end. Nor is a container handed to the next instance while a
/// stop of this one is on its way to the engine.
/// </summary>
internal sealed partial class EngineInstance : IInstance
{
    /// <summary>Nobody here saw an adopted container's start: longer than starts take, and no harm if it took less.</summary>
    private static readonly TimeSpan AdoptedStartTook = TimeSpan.FromSeconds(10);

    /// <summary>For the log: what <see cref="OutdateAsync"/> does.</summary>
    public const string Outdating = "ending what was made ahead of an older image";

    private readonly InstanceContext _context;
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Container _container;
    private Task? _move;
    private TimeSpan _startTook;
    private Task? _stop;
    private TaskCompletionSource? _cleanedUp;
    private TaskCompletionSource _somebodyWaits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Tier _tier = Tier.Stopped;
    private bool _countsEvents;
    private bool _hinted;

    // How many moves have begun: what was seen before one says nothing after it.
    private int _moves;

    private bool _ended;
    private bool _abandoned;
    private bool _limited;
    private volatile bool _isAhead;

    // From what the engine notes as a start's time to what it tells: more is another start. In nanoseconds.
    private const long LateEvent = 2_000_000_000;

    // When the start of this run was asked for, by the engine's clock in nanoseconds since 1970; 0: by somebody else.
    private long _asked;

    // When its program was executed, by the engine's clock in nanoseconds since 1970; 0: not known yet.
    private long _began;

    // When somebody else last sent its program a signal, by the context's clock; 0: nobody has.
    private long _signalled;

    /// <summary>An instance that is yet to be started in a container that rests.</summary>
    public EngineInstance(InstanceContext context, Container container)
    {
        _context = context;
        _container = container;
        // Successive runs of a container are different instances, over restarts of the gateway too.
        Id = $"{container.Id[..12]}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        Endpoint = context.FixedEndpoint;
        context.Live[container.Id] = this;
    }

    public string Id { get; }

    public IPEndPoint? Endpoint { get; private set; }

    /// <summary>Another container's when the start had to replace the one that was removed behind our back.</summary>
    public IReadOnlyList<string> CgroupPaths => _context.Engine.Dialect.CgroupPaths(_context.CgroupRoot, _context.Facts.CgroupDriver, _container.Id);

    public string Build => _context.Spec.Image.Id;

    public Tier Tier => _tier;

    public Task<InstanceExit> Exited => _exited.Task;

    private bool IsOutdated => _context.Pool.Spec is { } spec && spec.Hash != _container.SpecHash;

    private bool IsStopping => _stop is { IsCompleted: false };

    /// <summary>Takes over a container that runs already or is frozen. False when it has ended meanwhile: it rests then.</summary>
    public async Task<bool> AdoptAsync(CancellationToken cancellationToken)
    {
        _move = Task.CompletedTask;
        _startTook = AdoptedStartTook;
        try
        {
            await FindEndpointAsync(cancellationToken);
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

    public void Hurry() => Volatile.Read(ref _somebodyWaits).TrySetResult();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _somebodyWaits).Task.IsCompleted)
        {
            // Whoever waited for the end of the run before waits no longer.
            Volatile.Write(ref _somebodyWaits, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await MoveAsync(() => _tier == Tier.Paused ? WakeAsync() : RunAsync(), cancellationToken);
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
        if (!_context.Engine.Dialect.Tiers.Contains(tier) || tier is Tier.Stopped or Tier.Running)
        {
            throw new ArgumentOutOfRangeException(nameof(tier), tier, "Not a tier to rest in here.");
        }

        return MoveAsync(tier == Tier.Paused ? FreezeAsync : InitializeAsync, cancellationToken);
    }

    public Task ReadyAsync(CancellationToken cancellationToken) =>
        _context.Spec.Run.Cpu.Boost && !_limited ? MoveAsync(LimitAsync, cancellationToken) : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Task stop;
        lock (_lock)
        {
            if (_ended && !IsStopping)
            {
                return Task.CompletedTask;
            }

            // A stop that failed (the engine was away) is tried anew.
            stop = IsStopping ? _stop! : _stop = EndAsync();
        }

        return stop.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Its image's name has come to stand for another image. What was built from the old one ahead of its program ends; what runs
    /// or is frozen goes on until it rests.
    /// </summary>
    public Task OutdateAsync() => _tier == Tier.Initialized && IsOutdated ? StopAsync(CancellationToken.None) : Task.CompletedTask;

    /// <summary>
    /// A run that goes on is left to the next gateway. One whose start was given up is stopped: nobody else would, since
    /// nobody saw it begin.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
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
