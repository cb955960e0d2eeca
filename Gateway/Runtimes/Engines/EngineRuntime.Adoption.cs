using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Takes over containers that an earlier gateway left or somebody else started.</summary>
internal abstract partial class EngineRuntime
{
    public async Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        _events.EnsureStarted();
        if (function.Run.IsUsers)
        {
            return await AdoptExistingAsync(function, cancellationToken);
        }

        var pool = Pool(function.Name);
        try
        {
            var adopted = await AdoptAsync(pool, function, cancellationToken);
            pool.IsAdoptionDue = false;
            return adopted;
        }
        catch
        {
            // The engine may be away. The adoption is tried again when its events begin.
            pool.IsAdoptionDue = true;
            throw;
        }
    }

    private async Task<IReadOnlyList<IInstance>> AdoptAsync(ContainerPool pool, FunctionOptions function, CancellationToken cancellationToken)
    {
        var spec = await SpecAsync(function, renew: false, cancellationToken);
        var listed = (await _containers.ListAsync(function.Name, cancellationToken)).Containers;
        var facts = await _engine.FactsAsync(cancellationToken);
        var running = listed.Where(container => container.State is "running" or "paused" && !pool.IsDoomed(container.ID) && pool.TryClaim(container)).ToArray();
        // Containers that an instance here uses are left as they are.
        foreach (var container in running.Concat(listed.Where(container => container.State is not ("running" or "paused"))))
        {
            Straighten(container.ID, facts, isPaused: container.State == "paused");
        }

        var adoptions = running.Select(container => AdoptAsync(pool, spec, container, letsThrough: false, cancellationToken)).ToArray();
        try
        {
            IReadOnlyList<IInstance> adopted = [.. (await Task.WhenAll(adoptions)).OfType<IInstance>()];
            // Containers that were ended have made room for one that rests.
            await pool.PrepareAsync(spec, cancellationToken);
            return adopted;
        }
        catch
        {
            // It is all or none: containers that are not handed over have to be there for the next attempt.
            foreach (var adopted in adoptions.Where(adoption => adoption.IsCompletedSuccessfully))
            {
                await (await adopted is { } instance ? instance.DisposeAsync() : ValueTask.CompletedTask);
            }

            throw;
        }
        finally
        {
            TellTiers(pool.Spec);
        }
    }

    // A gateway that was killed before the engine had followed a wake may have left the cgroup changed.
    private void Straighten(string container, EngineFacts facts, bool isPaused)
    {
        var cgroups = _engine.Dialect.CgroupPaths(_cgroupRoot, facts.CgroupDriver, container);
        _earlyThaw.Return(cgroups);
        if (isPaused)
        {
            _earlyThaw.Freeze(cgroups);
        }
    }

    /// <summary>Takes over a container that was made from the same spec. Others are ended, because their port or name may be needed.</summary>
    private async Task<IInstance?> AdoptAsync(
        ContainerPool pool, ContainerSpec spec, ContainerListResponse found, bool letsThrough, CancellationToken cancellationToken)
    {
        var container = Container.Of(found, found.Labels.TryGetValue(ContainerLabels.Spec, out var hash) ? hash : "");
        // Of one whose pipe somebody has removed nobody can know whether it waits, and if it does it would wait for ever.
        if (!spec.Fits(container.SpecHash) || (container.Gate is { } gate && _gates.Gates?.CanTell(gate) != true))
        {
            pool.Release(container);
            await _containers.EndAsync(found, cancellationToken);
            EngineLog.Outdated(_logger, spec.Function.Name, container.Id[..12]);
            return null;
        }

        return await AdoptAsync(new EngineInstance(Home(pool, spec, await _engine.FactsAsync(cancellationToken)), container), spec, letsThrough, cancellationToken);
    }

    private async Task<IInstance?> AdoptAsync(EngineInstance instance, ContainerSpec spec, bool letsThrough, CancellationToken cancellationToken)
    {
        try
        {
            if (await instance.AdoptAsync(letsThrough, cancellationToken))
            {
                EngineLog.Adopted(_logger, spec.Function.Name, instance.ContainerId[..12]);
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
}
