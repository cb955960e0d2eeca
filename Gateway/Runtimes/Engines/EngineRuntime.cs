using System.Collections.Concurrent;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines.Discovery;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Engines.Networks;
using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Runs functions as containers of an engine. Each function has a container made ahead, so that a wake is one call. After a stop
/// the container is kept for the next start. Containers carry the gateway's name, so that the gateway finds its own again after a restart,
/// and several gateways can share an engine.
/// </summary>
internal abstract partial class EngineRuntime : IRuntime, IEngineListener, IAsyncDisposable
{
    private readonly EngineClient _engine;
    private readonly EngineContainers _containers;
    private readonly GateRules _gates;
    private readonly KeptNetworks _networks;
    private readonly EngineImages _images;
    private readonly ContainerPrograms _programs;
    private readonly EngineEvents _events;
    private readonly ContainerDiscovery? _discovery;
    private readonly BackgroundWork _work;
    private readonly string? _cgroupRoot;
    private readonly EarlyThaw _earlyThaw;
    private readonly PageOut _pageOut;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, EngineInstance> _live = new();
    private bool _disposed;
    private readonly ConcurrentDictionary<string, ContainerPool> _pools = new(StringComparer.OrdinalIgnoreCase);

    private protected EngineRuntime(EngineDialect dialect, EngineOptions engine, string gateway, string? cgroupRoot, TimeProvider time, ILogger logger)
    {
        Name = dialect.Name;
        _engine = new EngineClient(dialect, engine);
        _programs = new ContainerPrograms(dialect, cgroupRoot);
        var directories = DirectoriesOf(engine, dialect, gateway, time);
        _gates = new GateRules(dialect, engine.Endpoint, directories, GatesOf(engine, directories, time));
        var ledger = new KeptNetworkLedger(engine.KeptNetworks);
        _work = new BackgroundWork(logger);
        _earlyThaw = new EarlyThaw(CgroupV1.Find("freezer", cgroupRoot), _work);
        _containers = new EngineContainers(_engine, gateway, _programs, _gates, _earlyThaw, ledger, logger);
        _networks = new KeptNetworks(dialect, _containers, ledger, _gates.Directories, time, logger);
        _events = new EngineEvents(_engine, gateway, this, time, logger);
        _discovery = engine.Discover ? new ContainerDiscovery(new LabelledContainers(_engine, gateway), _work, time) : null;
        _images = new EngineImages(_engine, new ImagePulls(_engine, _work, time, logger), logger);
        _cgroupRoot = cgroupRoot;
        _pageOut = PageOutOf(engine, cgroupRoot, logger);
        _time = time;
        _logger = logger;
    }

    public string Name { get; }

    public IReadOnlyList<Tier> Tiers => EngineDialect.Tiers;

    public bool OutlivesGateway => true;

    public async Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        _pageOut.Forget(function.Name);
        if (function.Run.IsUsers)
        {
            await LookAtExistingAsync(function, cancellationToken);
            return;
        }

        await PoolAsync(function, renew: true, cancellationToken);
    }

    public async ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        if (function.Run.IsUsers)
        {
            return await TakeExistingAsync(function, cancellationToken);
        }

        var pool = Pool(function.Name);
        if (!ReferenceEquals(pool.Spec?.Function, function))
        {
            pool = await PoolAsync(function, renew: false, cancellationToken);
        }
        else if (pool.IsDoubtful)
        {
            await ResolveAsync(pool, spec => _images.LookAsync(spec.Function, cancellationToken), cancellationToken);
        }

        var spec = pool.Spec ?? throw EngineErrors.Forgotten(function.Name);
        var facts = await _engine.FactsAsync(cancellationToken);
        var container = await pool.TakeAsync(cancellationToken);
        TellTiers(pool.Spec);
        return new EngineInstance(Home(pool, spec, facts), container);
    }

    public async Task ForgetAsync(string function, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _kept) is null || !IsKept(function))
        {
            await Pool(function).ClearAsync(cancellationToken);
        }
    }

    /// <summary>Disconnects from the engine. Running containers go on, for the next gateway to adopt.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        GC.SuppressFinalize(this);
        await _events.DisposeAsync();
        await _work.DisposeAsync();
        _engine.Dispose();
        foreach (var pool in _pools.Values)
        {
            pool.Dispose();
        }

        _discovery?.Dispose();
        _networks.Dispose();
        _pageOut.Dispose();
    }

    void IEngineListener.Changed(string container)
    {
        if (!NoteNetwork(container))
        {
            Check(container);
        }
    }

    void IEngineListener.Turned(string container, bool frozen)
    {
        if (_live.TryGetValue(container, out var instance))
        {
            instance.CheckSoon(frozen);
        }
    }

    void IEngineListener.Healthy(string container, long at)
    {
        if (_live.TryGetValue(container, out var instance) && instance.IsOfThisRun(at))
        {
            instance.Healthy();
        }
    }

    void IEngineListener.Removed(string container)
    {
        if (NoteNetwork(container))
        {
            return;
        }

        Check(container);
        _discovery?.Look();
        LookAtNames(container, name: null);
        _gates.Gates?.RemoveOf(container);
        _networks.Ledger.Free(container);
        foreach (var pool in _pools.Values.Where(pool => pool.Lost(container)))
        {
            _work.Run("making a container for one that was removed", pool.RefillAsync);
        }
    }

    void IEngineListener.Connected(bool again)
    {
        _networks.EngineIsBack();
        TellFollowers(OutputFollower.All);
        foreach (var container in _live.Keys)
        {
            Check(container);
        }

        _discovery?.Look();
        LookAtAll(again);
    }

    private void Check(string container)
    {
        if (_live.TryGetValue(container, out var instance))
        {
            instance.CheckSoon();
        }
    }

    private async Task<ContainerPool> PoolAsync(FunctionOptions function, bool renew, CancellationToken cancellationToken)
    {
        _events.EnsureStarted();
        var pool = Pool(function.Name);
        try
        {
            await pool.PrepareAsync(await SpecAsync(function, renew, cancellationToken), cancellationToken);
        }
        finally
        {
            TellTiers(pool.Spec);
        }

        return pool;
    }

    private async Task<ContainerSpec> SpecAsync(FunctionOptions function, bool renew, CancellationToken cancellationToken) =>
        await _containers.SpecAsync(function, await _images.FindAsync(function, renew, cancellationToken), cancellationToken);

    private ContainerPool Pool(string function) => _pools.GetOrAdd(function, name => new ContainerPool(_containers, _networks, name, () => IsKept(name)));

    private InstanceContext Home(IContainerStore pool, ContainerSpec spec, EngineFacts facts) =>
        new(_engine, _containers, pool, _networks, spec, facts, _live, _work, _cgroupRoot, _earlyThaw, _programs, _time, _logger)
        {
            Owner = _owner,
            Look = Look,
            Gates = _gates.Gates,
            Places = _gates.Places,
            TellTiers = TellTiers,
            Pager = _pageOut.PagerOf(spec.Function.Name),
        };
}
