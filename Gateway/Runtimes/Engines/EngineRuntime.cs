using System.Collections.Concurrent;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Microsoft.Extensions.Logging;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Functions as containers of an engine. Each has a container made ahead, so that a wake is one call; after a stop
/// the container is kept for the next one. Containers carry the gateway's name: it finds its own again after a restart,
/// and several gateways may share an engine.
/// </summary>
public abstract partial class EngineRuntime : IRuntime, IEngineListener, IAsyncDisposable
{
    private const string LookingAtImages = "looking at the images again";

    private readonly EngineClient _engine;
    private readonly EngineContainers _containers;
    private readonly EngineImages _images;
    private readonly ContainerPrograms _programs;
    private readonly EngineEvents _events;
    private readonly BackgroundWork _work;
    private readonly string? _cgroupRoot;
    private readonly EarlyThaw _earlyThaw;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, EngineInstance> _live = new();
    private bool _disposed;
    private bool _looksAtImages;
    private readonly ConcurrentDictionary<string, ContainerPool> _pools = new(StringComparer.OrdinalIgnoreCase);

    private protected EngineRuntime(EngineDialect dialect, EngineOptions engine, string gateway, string? cgroupRoot, TimeProvider time, ILogger logger)
    {
        Kind = dialect.Kind;
        _engine = new EngineClient(dialect, engine);
        _programs = new ContainerPrograms(dialect, cgroupRoot);
        _containers = new EngineContainers(_engine, gateway, _programs, logger);
        _events = new EngineEvents(_engine, gateway, this, time, logger);
        _work = new BackgroundWork(logger);
        _images = new EngineImages(_engine, new ImagePulls(_engine, _work, time, logger), logger);
        _cgroupRoot = cgroupRoot;
        _earlyThaw = new EarlyThaw(CgroupV1.Find("freezer", cgroupRoot), _work);
        _time = time;
        _logger = logger;
    }

    public RuntimeKind Kind { get; }

    public bool OutlivesGateway => true;

    public async Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken) =>
        await PoolAsync(function, renew: true, cancellationToken);

    public async Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        _events.EnsureStarted();
        var pool = Pool(function.Name);
        try
        {
            var adopted = await AdoptAsync(pool, function, cancellationToken);
            pool.IsAdoptionDue = false;
            return adopted;
        }
        catch
        {
            // The engine may be away; when its events begin it is looked at.
            pool.IsAdoptionDue = true;
            throw;
        }
    }

    private async Task<IReadOnlyList<IInstance>> AdoptAsync(ContainerPool pool, FunctionOptions function, CancellationToken cancellationToken)
    {
        var spec = await SpecAsync(function, renew: false, cancellationToken);
        var listed = await _containers.ListAsync(function.Name, cancellationToken);
        var facts = await _engine.FactsAsync(cancellationToken);
        var running = listed.Where(container => container.State is "running" or "paused" && !pool.IsDoomed(container.ID) && pool.TryClaim(container)).ToArray();
        // Those that an instance here minds are as it wants them.
        foreach (var container in running.Concat(listed.Where(container => container.State is not ("running" or "paused"))))
        {
            // A gateway that was killed before the engine had followed a wake has left it so.
            var cgroups = _engine.Dialect.CgroupPaths(_cgroupRoot, facts.CgroupDriver, container.ID);
            _earlyThaw.Return(cgroups);
            if (container.State == "paused")
            {
                _earlyThaw.Freeze(cgroups);
            }
        }

        var adoptions = running.Select(container => AdoptAsync(pool, spec, container, cancellationToken)).ToArray();
        try
        {
            IReadOnlyList<IInstance> adopted = [.. (await Task.WhenAll(adoptions)).OfType<IInstance>()];
            // What was ended has made room for a container to rest.
            await pool.PrepareAsync(spec, cancellationToken);
            return adopted;
        }
        catch
        {
            // All or none: what is not handed over must be there for the next attempt.
            foreach (var adopted in adoptions.Where(adoption => adoption.IsCompletedSuccessfully))
            {
                await (await adopted is { } instance ? instance.DisposeAsync() : ValueTask.CompletedTask);
            }

            throw;
        }
    }

    public async ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
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
        return new EngineInstance(Home(pool, spec, facts), await pool.TakeAsync(cancellationToken));
    }

    public async Task ForgetAsync(string function, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _kept) is null || !IsKept(function))
        {
            await Pool(function).ClearAsync(cancellationToken);
        }
    }

    /// <summary>Lets go of the engine. Containers that run go on running, for the next gateway to adopt.</summary>
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
    }

    void IEngineListener.Changed(string container) => Check(container);

    void IEngineListener.Turned(string container, bool frozen)
    {
        if (_live.TryGetValue(container, out var instance))
        {
            _work.Run("looking at a container", _ => instance.CheckAsync(frozen));
        }
    }

    void IEngineListener.Healthy(string container)
    {
        if (_live.TryGetValue(container, out var instance))
        {
            instance.Healthy();
        }
    }

    void IEngineListener.CleanedUp(string container)
    {
        if (_live.TryGetValue(container, out var instance))
        {
            instance.CleanedUp();
        }
    }

    void IEngineListener.Removed(string container)
    {
        Check(container);
        foreach (var pool in _pools.Values.Where(pool => pool.Lost(container)))
        {
            _work.Run("making a container for one that was removed", pool.RefillAsync);
        }
    }

    void IEngineListener.Connected(bool again)
    {
        foreach (var container in _live.Keys)
        {
            Check(container);
        }

        LookAtAll(again);
    }

    void IEngineListener.ImagesChanged()
    {
        foreach (var pool in _pools.Values)
        {
            pool.Doubt();
        }

        // One look for any number of changes that came before it begins.
        if (!Interlocked.Exchange(ref _looksAtImages, true))
        {
            _work.Run(LookingAtImages, LookAtImagesAsync);
        }
    }

    private async Task LookAtImagesAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _looksAtImages, false);
        foreach (var pools in _pools.Values.Where(pool => pool.IsDoubtful && pool.Spec is not null).GroupBy(pool => pool.Spec!.Function.Image).ToArray())
        {
            try
            {
                // Many functions may share an image: it is asked for once.
                Task<EngineImage>? look = null;
                await Task.WhenAll(pools.Select(pool => ResolveAsync(pool, spec => look ??= _images.LookAsync(spec.Function, cancellationToken), cancellationToken)));
            }
            catch (RuntimeException exception)
            {
                EngineLog.WorkFailed(_logger, LookingAtImages, exception.Message);
            }
        }
    }

    private async Task ResolveAsync(ContainerPool pool, Func<ContainerSpec, Task<EngineImage>> look, CancellationToken cancellationToken)
    {
        if (await pool.ResolveAsync(look, cancellationToken) && pool.Spec?.Function is { } function)
        {
            EngineLog.NewImage(_logger, function.Name, function.Image);
            foreach (var instance in _live.Values)
            {
                _work.Run(EngineInstance.Outdating, _ => instance.OutdateAsync());
            }
        }
    }

    // While the engine was away it may have been given other images.
    private async Task RenewAsync(ContainerPool pool, CancellationToken cancellationToken)
    {
        if (pool.Spec is { } spec)
        {
            var image = await _images.TryLookAsync(spec.Function, cancellationToken);
            await pool.PrepareAsync(image is null ? spec : spec.With(image), cancellationToken);
        }
    }

    private void Check(string container)
    {
        if (_live.TryGetValue(container, out var instance))
        {
            _work.Run("looking at a container", _ => instance.CheckAsync());
        }
    }

    private async Task<ContainerPool> PoolAsync(FunctionOptions function, bool renew, CancellationToken cancellationToken)
    {
        _events.EnsureStarted();
        var pool = Pool(function.Name);
        await pool.PrepareAsync(await SpecAsync(function, renew, cancellationToken), cancellationToken);
        return pool;
    }

    private async Task<ContainerSpec> SpecAsync(FunctionOptions function, bool renew, CancellationToken cancellationToken) =>
        await _containers.SpecAsync(function, await _images.FindAsync(function, renew, cancellationToken), cancellationToken);

    /// <summary>Takes over what was made from the same spec; ends what was not, since its port or its name may be needed.</summary>
    private async Task<IInstance?> AdoptAsync(
        ContainerPool pool, ContainerSpec spec, ContainerListResponse found, CancellationToken cancellationToken)
    {
        var container = new Container(found.ID, found.Labels.TryGetValue(ContainerLabels.Spec, out var hash) ? hash : "", ContainerLabels.SlotOf(found.Labels));
        if (container.SpecHash != spec.Hash)
        {
            pool.Release(container);
            await _containers.EndAsync(found, cancellationToken);
            EngineLog.Outdated(_logger, spec.Function.Name, container.Id[..12]);
            return null;
        }

        var instance = new EngineInstance(Home(pool, spec, await _engine.FactsAsync(cancellationToken)), container);
        try
        {
            if (await instance.AdoptAsync(cancellationToken))
            {
                EngineLog.Adopted(_logger, spec.Function.Name, container.Id[..12]);
                return instance;
            }
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }

        return null;
    }

    private ContainerPool Pool(string function) => _pools.GetOrAdd(function, name => new ContainerPool(_containers, name, () => IsKept(name)));

    private InstanceHome Home(ContainerPool pool, ContainerSpec spec, EngineFacts facts) =>
        new(_engine, _containers, pool, spec, facts, _live, _work, _cgroupRoot, _earlyThaw, _programs, _time, _logger) { Owner = _owner, Look = Look };
}
