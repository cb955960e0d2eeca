using System.Collections.Concurrent;
using Docker.DotNet.Models;
using Gateway.Runtimes.Engines.Networks;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Keeps the containers of one function on the engine, which are made ahead and kept between runs. Taking one that rests needs no call.
/// </summary>
/// <param name="isKept">Whether the configuration still gives the function to this engine.</param>
internal sealed partial class ContainerPool(EngineContainers containers, KeptNetworks networks, string function, Func<bool> isKept) : IContainerStore, IDisposable
{
    private readonly ContainerLedger _ledger = new();

    /// <summary>Allows one conversation with the engine at a time, so that a container that is being made is not mistaken for a leftover.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    private long _doubted;
    private long _resolved;

    // Containers that have to be ended, but could not be because the engine was away.
    private readonly ConcurrentDictionary<string, bool> _doomed = new();

    /// <summary>Gets or sets whether running containers that no instance uses have yet to be adopted.</summary>
    public bool IsAdoptionDue { get; set; }

    /// <summary>Gets whether no container is out or rests, and no conversation with the engine is under way.</summary>
    public bool IsIdle => _ledger.IsEmpty && _gate.CurrentCount == 1;

    /// <summary>Gets the spec for new containers. It is null before the first preparation, and when the function no longer belongs to this engine.</summary>
    public ContainerSpec? Spec { get; private set; }

    /// <summary>Gets whether the image's name may stand for another image than when the spec was made.</summary>
    public bool IsDoubtful => Volatile.Read(ref _resolved) < Volatile.Read(ref _doubted);

    /// <summary>Notes that images have changed on the engine, so that the image is looked up before the next container is given out.</summary>
    public void Doubt() => Interlocked.Increment(ref _doubted);

    /// <summary>Looks up what the image's name stands for, and makes the containers anew if it is another image.</summary>
    /// <param name="look">A function that asks the engine for the spec's image.</param>
    /// <returns>Returns true if the containers were made anew from another image.</returns>
    public async Task<bool> ResolveAsync(Func<ContainerSpec, Task<EngineImage>> look, CancellationToken cancellationToken)
    {
        var doubted = Volatile.Read(ref _doubted);
        try
        {
            if (Spec is not { } spec || await look(spec) is var image && image.Id == spec.Image.Id)
            {
                return false;
            }

            return await TryPrepareAsync(spec, spec.With(image), cancellationToken);
        }
        finally
        {
            // A doubt that came meanwhile remains. Of two calls at once, both have looked.
            InterlockedMax(ref _resolved, doubted);
        }
    }

    /// <summary>
    /// Brings the engine in line with the spec. Resting containers of this spec are taken over, those of another spec and surplus ones
    /// are removed, and missing ones are made. Running containers are left alone.
    /// </summary>
    /// <param name="spec">The spec from which containers are made now.</param>
    /// <exception cref="RuntimeException">The function no longer belongs to this engine.</exception>
    public async Task PrepareAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        await PrepareInTurnAsync(spec, cancellationToken);
    }

    /// <summary>Makes the next container ahead if none rests and the scale leaves room for one, and as many as <c>Scale:Min</c> needs.</summary>
    public async Task RefillAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        if (Spec is { } spec)
        {
            await FillAsync(spec, [], cancellationToken);
        }

        await networks.TidyAsync(function, cancellationToken);
    }

    /// <summary>
    /// Takes a resting container, or makes a new one. Two running containers never share volumes of their own: while a container of an earlier spec
    /// uses the last ones, this waits for its end.
    /// </summary>
    public async ValueTask<Container> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var freed = _ledger.Freed;
            if (_ledger.TryTake() is { } ready)
            {
                return ready;
            }

            var turn = await EnterAsync(cancellationToken);
            if (_ledger.TryTake() is { } made)
            {
                turn.Dispose();
                return made;
            }

            if (Spec is not { Volumes.HasOwn: true } spec || _ledger.FreeSlot(spec.Function.Scale.Max) is not null)
            {
                return await MakeForAsync(turn, cancellationToken);
            }

            turn.Dispose();

            await freed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Makes a new container in place of one that the engine no longer has. It does not take a resting one, which may be gone as well.</summary>
    public async Task<Container> ReplaceAsync(Container gone, CancellationToken cancellationToken)
    {
        _ledger.Release(gone.Id);
        networks.Ledger.Free(gone.Id);
        using var turn = await EnterAsync(cancellationToken);
        var made = await MakeAsync(cancellationToken);
        await networks.TidyAsync(function, cancellationToken);
        return made;
    }

    /// <summary>Notes that a running container was found and belongs to an instance now. Returns false if it already did.</summary>
    public bool TryClaim(ContainerListResponse container) => _ledger.Claim(container.ID, ContainerLabels.SlotOf(container.Labels));

    public bool Return(Container container, bool byOthers = false) => _ledger.Return(container, Spec);

    /// <summary>Forgets that a container is out, because it is gone, or still runs but no instance of ours uses it.</summary>
    public void Release(Container container) => _ledger.Release(container.Id);

    /// <inheritdoc cref="Release(Container)"/>
    public void Release(string container) => _ledger.Release(container);

    /// <summary>Does the same as <see cref="Release(Container)"/>, and has the container ended when the engine is back.</summary>
    public void Doom(Container container)
    {
        _doomed[container.Id] = true;
        Release(container);
    }

    /// <summary>Returns true if the container has to be ended when the containers are looked at next.</summary>
    public bool IsDoomed(string container) => _doomed.ContainsKey(container);

    /// <summary>Notes that the function no longer belongs to this engine, so that nothing is made for it, and containers that come back are removed.</summary>
    public void Drop() => Spec = null;

    /// <summary>
    /// Returns the containers that no instance uses, if the function no longer belongs to this engine. All of them count as out until they are
    /// released, so that the function gets new containers if it is configured again meanwhile.
    /// </summary>
    public async Task<IReadOnlyList<ContainerListResponse>> SweepAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        if (isKept())
        {
            return [];
        }

        var listed = await containers.ListAsync(function, cancellationToken);
        await networks.LearnAsync(function, listed, spec: null, cancellationToken);
        return [.. listed.Containers.Where(TryClaim)];
    }

    /// <summary>Notes that somebody else has removed a container. Returns true if it rested here.</summary>
    public bool Lost(string container) => _ledger.Lose(container);

    /// <summary>Ends and removes every container of the function.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        Spec = null;
        _ledger.Clear();
        _doomed.Clear();
        var listed = await containers.ListAsync(function, cancellationToken);
        await networks.LearnAsync(function, listed, spec: null, cancellationToken);
        await Task.WhenAll(listed.Containers.Select(container => containers.EndAsync(container, cancellationToken)));
        await networks.TidyAsync(function, cancellationToken);
        networks.Forget(function);
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Prepares the new spec. Returns false if a reload came in between, whose spec is as fresh.</summary>
    private async Task<bool> TryPrepareAsync(ContainerSpec before, ContainerSpec now, CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        if (!ReferenceEquals(Spec, before))
        {
            return false;
        }

        await PrepareInTurnAsync(now, cancellationToken);
        return true;
    }

    private async Task PrepareInTurnAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        Spec = spec;
        if (!isKept())
        {
            // A reload that takes the function away changes isKept first and then drops the spec.
            Spec = null;
            throw EngineErrors.Forgotten(function);
        }

        var listed = await containers.ListAsync(function, cancellationToken);
        var lost = await networks.LearnAsync(function, listed, spec, cancellationToken);
        var doomed = listed.Containers.Where(container => IsDoomed(container.ID)).ToArray();
        // These are ended before anything else of the function is made or started, because their port may be needed.
        await Task.WhenAll(doomed.Select(container => EndDoomedAsync(container, cancellationToken)));
        var (running, remove) = _ledger.Sort(listed.Containers.Except(doomed), spec, container => networks.IsRight(container, spec));
        await Task.WhenAll(remove.Select(id => containers.RemoveAsync(id, cancellationToken)));
        await RestoreAsync(lost, spec, cancellationToken);
        await FillAsync(spec, running, cancellationToken);
        await networks.TidyAsync(function, cancellationToken);
    }

    private async Task EndDoomedAsync(ContainerListResponse container, CancellationToken cancellationToken)
    {
        await containers.EndAsync(container, cancellationToken);
        _doomed.TryRemove(container.ID, out _);
    }

    private static void InterlockedMax(ref long place, long value)
    {
        for (var seen = Volatile.Read(ref place); seen < value; seen = Volatile.Read(ref place))
        {
            Interlocked.CompareExchange(ref place, value, seen);
        }
    }

    private async Task<HeldGate> EnterAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        return new HeldGate(_gate);
    }

    private readonly struct HeldGate(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
