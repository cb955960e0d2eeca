using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Handles what others do on the engine, and what earlier gateways and configurations have left there. Containers that were started by hand are
/// taken over, and those of functions that do not belong to this engine are removed. Volumes stay, and so do containers without this gateway's label.
/// </summary>
internal abstract partial class EngineRuntime
{
    private IInstanceOwner? _owner;
    private Dictionary<string, FunctionOptions>? _kept;

    public IInstanceOwner? Owner
    {
        set => _pageOut.Owner = _owner = value;
    }

    public void Keep(IReadOnlyCollection<FunctionOptions> functions)
    {
        Volatile.Write(ref _kept, functions.Where(function => !function.Run.IsUsers).ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase));
        KeepExisting([.. functions.Where(function => function.Run.IsUsers)]);
        foreach (var (name, pool) in _pools.Where(pair => !IsKept(pair.Key)))
        {
            // Containers that come back to the pool are removed from now on, and those that rest in it are swept.
            pool.Drop();
            if (pool.IsIdle)
            {
                _pools.TryRemove(new(name, pool));
            }
        }

        EndFollowers();
        if (functions.Count > 0)
        {
            _events.EnsureStarted();
        }

        _work.Run("removing what is not configured any more", SweepIfReachableAsync);
    }

    void IEngineListener.Started(string container, long at)
    {
        TellFollowers(container);
        if (_live.TryGetValue(container, out var instance))
        {
            if (instance.IsOfThisRun(at) && instance.NoteStart(at))
            {
                Check(container);
            }
        }
        else
        {
            Look(container);
        }
    }

    void IEngineListener.Signalled(string container, long at)
    {
        if (_live.TryGetValue(container, out var instance) && instance.IsOfThisRun(at))
        {
            instance.NoteSignal();
        }
    }

    private bool IsKept(string function) => Volatile.Read(ref _kept) is not { } kept || kept.ContainsKey(function);

    // Until Keep is called for the first time, all known functions are kept.
    private IReadOnlyCollection<FunctionOptions> Kept =>
        Volatile.Read(ref _kept)?.Values ?? (IReadOnlyCollection<FunctionOptions>)[.. _pools.Values.Select(pool => pool.Spec?.Function).OfType<FunctionOptions>()];

    // The engine's events begin, so what happened before has to be looked at.
    private void LookAtAll(bool again)
    {
        foreach (var function in Kept.Where(function => again || (_pools.TryGetValue(function.Name, out var pool) && pool.IsAdoptionDue)))
        {
            _work.Run("looking at the containers again", token => FindAsync(function, token));
        }

        LookAtExisting(again);
        _work.Run("removing what is not configured any more", SweepIfReachableAsync);
    }

    // Looks at a container that runs, or may run, although no instance here has started it.
    private void Look(string container) => _work.Run("looking at a container that somebody has started", token => LookAsync(container, token));

    private async Task FindAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        if (_owner is null)
        {
            // No owner could take anything over.
            await RenewAsync(Pool(function.Name), cancellationToken);
            return;
        }

        foreach (var instance in await AdoptAsync(function, cancellationToken))
        {
            await OfferAsync(function, instance, cancellationToken);
        }
    }

    private async Task LookAsync(string container, CancellationToken cancellationToken)
    {
        if (_owner is null || _live.ContainsKey(container)
            || await _containers.InspectAsync(container, cancellationToken) is not { State: { } state, Config.Labels: { } labels } found
            || !(state.Running || state.Paused))
        {
            return;
        }

        if (ExistingOf(found) is { } existing)
        {
            await LookAtExistingAsync(existing, cancellationToken);
            return;
        }

        if (ContainerLabels.OwnerOf(labels) is not { } name)
        {
            return;
        }

        if (!IsKept(name))
        {
            await SweepAsync(name, cancellationToken);
        }
        else if (_pools.TryGetValue(name, out var pool) && pool.Spec is { } spec && !pool.IsDoomed(container))
        {
            var listed = new ContainerListResponse { ID = container, Labels = labels, State = state.Paused ? "paused" : "running" };
            // Whoever started it wants its program to run, also behind a gate.
            if (pool.TryClaim(listed) && await AdoptAsync(pool, spec, listed, letsThrough: true, cancellationToken) is { } adopted)
            {
                await OfferAsync(spec.Function, adopted, cancellationToken);
            }
        }
    }

    private async Task OfferAsync(FunctionOptions function, IInstance instance, CancellationToken cancellationToken)
    {
        var answer = _owner?.Found(Name, function, instance) ?? FoundAnswer.Unwanted;
        if (answer == FoundAnswer.Taken)
        {
            return;
        }

        if (function.Run.IsUsers)
        {
            // It is the user's to decide whether it runs. The next request finds it as it is.
            await instance.DisposeAsync();
            return;
        }

        try
        {
            if (answer == FoundAnswer.Unwanted)
            {
                EngineLog.Unwanted(_logger, function.Name, instance.Id);
                await instance.StopAsync(cancellationToken);
            }
        }
        finally
        {
            await instance.DisposeAsync();
        }
    }

    private async Task SweepIfReachableAsync(CancellationToken cancellationToken)
    {
        try
        {
            var gates = _gates.Gates?.Existing();
            var all = await _containers.ListAllAsync(cancellationToken);
            _gates.Gates?.Sweep(gates!, all.Containers.Where(container => ContainerLabels.GateOf(container.Labels) is not null)
                .ToDictionary(container => container.ID, container => ContainerLabels.GateOf(container.Labels)!));
            var names = all.Containers.Select(container => ContainerLabels.OwnerOf(container.Labels))
                .Concat(all.Networks.Select(network => ContainerLabels.KeeperOf(network.Labels))).OfType<string>();
            await Task.WhenAll(names.Distinct(StringComparer.OrdinalIgnoreCase).Where(name => !IsKept(name)).ToArray().Select(name => SweepAsync(name, cancellationToken)));
        }
        catch (RuntimeException)
        {
            // An engine that no function uses need not be there. One that is used is swept when its events begin.
        }
    }

    private async Task SweepAsync(string function, CancellationToken cancellationToken)
    {
        var pool = Pool(function);
        var facts = await _engine.FactsAsync(cancellationToken);
        await Task.WhenAll((await pool.SweepAsync(cancellationToken)).Select(leftover => EndAsync(pool, leftover, function, facts, cancellationToken)));

        // The function may be configured again meanwhile, and its containers may not have had room until now.
        await pool.RefillAsync(cancellationToken);
        if (!IsKept(function) && pool.IsIdle)
        {
            _pools.TryRemove(new(function, pool));
        }
    }

    private async Task EndAsync(ContainerPool pool, ContainerListResponse leftover, string function, EngineFacts facts, CancellationToken cancellationToken)
    {
        EngineLog.Swept(_logger, function, leftover.ID[..12]);
        try
        {
            _earlyThaw.Return(_engine.Dialect.CgroupPaths(_cgroupRoot, facts.CgroupDriver, leftover.ID));
            await _containers.EndAsync(leftover, cancellationToken);
        }
        finally
        {
            pool.Release(leftover.ID);
        }
    }
}
