using System.Collections.Concurrent;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// The containers of one function on the engine, made ahead and kept between runs. Taking one that rests costs no call.
/// </summary>
/// <param name="isKept">Whether the function is this engine's, by the configuration.</param>
internal sealed class ContainerPool(EngineContainers containers, string function, Func<bool> isKept) : IDisposable
{
    private readonly ContainerLedger _ledger = new();

    /// <summary>One conversation with the engine at a time, so that a container being made is never mistaken for a leftover.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    private long _doubted;
    private long _resolved;

    // Their end was asked for, and the engine was away.
    private readonly ConcurrentDictionary<string, bool> _doomed = new();

    /// <summary>What runs and is nobody's is still to be taken over.</summary>
    public bool IsAdoptionDue { get; set; }

    /// <summary>Nobody has a container of it, none rests in it and none is being made.</summary>
    public bool IsIdle => _ledger is { Out: 0, Resting: 0 } && _gate.CurrentCount == 1;

    /// <summary>What new containers are made from; null before the first preparation, and when the function is not this engine's any more.</summary>
    public ContainerSpec? Spec { get; private set; }

    /// <summary>Whether the image's name may have come to stand for another image since the spec was made.</summary>
    public bool IsDoubtful => Volatile.Read(ref _resolved) < Volatile.Read(ref _doubted);

    /// <summary>The engine has said that images changed: whoever asks for a container has that looked into first.</summary>
    public void Doubt() => Interlocked.Increment(ref _doubted);

    /// <summary>Looks what the image's name stands for, and makes the containers anew if it is another image.</summary>
    /// <param name="look">Asks the engine for the spec's image.</param>
    /// <returns>Whether it is another.</returns>
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
            // What came meanwhile is a doubt of its own; two that resolve at once have both looked.
            InterlockedMax(ref _resolved, doubted);
        }
    }

    /// <summary>
    /// Brings the engine in line with the spec: resting containers of ours are taken over, those of another spec or too
    /// many are removed, and what is missing is made. What runs is left alone.
    /// </summary>
    /// <param name="spec">What containers are made from now.</param>
    /// <exception cref="RuntimeException">The function is not this engine's any more.</exception>
    public async Task PrepareAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        await PrepareInTurnAsync(spec, cancellationToken);
    }

    /// <summary>Makes the next container ahead when none rests and the scale has room for another.</summary>
    public async Task RefillAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        if (Spec is { } spec)
        {
            await FillAsync(spec, _ledger.Out, cancellationToken);
        }
    }

    /// <summary>
    /// A resting container, or a new one. Two that run never share volumes of their own: while one of an earlier spec has the last of
    /// them, its end is waited for.
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

            using (await EnterAsync(cancellationToken))
            {
                if (_ledger.TryTake() is { } made)
                {
                    return made;
                }

                if (Spec is not { Volumes.HasOwn: true } spec || _ledger.FreeSlot(spec.Function.Scale.Max) is not null)
                {
                    return await MakeAsync(cancellationToken);
                }
            }

            await freed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A new one for a container that the engine no longer has; what rests beside it may be gone as well.</summary>
    public async Task<Container> ReplaceAsync(Container gone, CancellationToken cancellationToken)
    {
        _ledger.Release(gone.Id);
        using var turn = await EnterAsync(cancellationToken);
        return await MakeAsync(cancellationToken);
    }

    /// <summary>Says that a running container was found and belongs to an instance now. False: it already does.</summary>
    public bool TryClaim(ContainerListResponse container) => _ledger.Claim(container.ID, ContainerLabels.SlotOf(container.Labels));

    /// <summary>A container that has ended comes back. True: it rests; false: it fits no longer, and is to be removed.</summary>
    public bool Return(Container container) => _ledger.Return(container, Spec);

    /// <summary>Forgets that it is out: it still runs, but no instance of ours minds it; or it is gone.</summary>
    public void Release(Container container) => _ledger.Release(container.Id);

    /// <inheritdoc cref="Release(Container)"/>
    public void Release(string container) => _ledger.Release(container);

    /// <summary>As <see cref="Release(Container)"/>; it was to end, and is to be ended when the engine is back.</summary>
    public void Doom(Container container)
    {
        _doomed[container.Id] = true;
        Release(container);
    }

    /// <summary>Whether it was to end, and is ended when the containers are looked at next.</summary>
    public bool IsDoomed(string container) => _doomed.ContainsKey(container);

    /// <summary>The function is not this engine's any more: nothing is made for it, and what comes back is removed.</summary>
    public void Drop() => Spec = null;

    /// <summary>
    /// What the engine has of the function and nobody minds, when it is not this engine's any more. All of it is out from now on, until it
    /// is released: whoever puts the function back meanwhile makes containers of his own.
    /// </summary>
    public async Task<IReadOnlyList<ContainerListResponse>> SweepAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        return isKept() ? [] : [.. (await containers.ListAsync(function, cancellationToken)).Where(TryClaim)];
    }

    /// <summary>A container was removed behind our back. True when it was one that rested here.</summary>
    public bool Lost(string container) => _ledger.Lose(container);

    /// <summary>Ends and removes every container of the function.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        Spec = null;
        _ledger.Clear();
        _doomed.Clear();
        var listed = await containers.ListAsync(function, cancellationToken);
        await Task.WhenAll(listed.Select(container => containers.EndAsync(container, cancellationToken)));
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>False: a reload came in between, with a spec that is as fresh.</summary>
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
            // Whoever takes it away says so first, and then drops the spec.
            Spec = null;
            throw EngineErrors.Forgotten(function);
        }

        var listed = await containers.ListAsync(function, cancellationToken);
        var doomed = listed.Where(container => IsDoomed(container.ID)).ToArray();
        // Before anything else of the function's is made or started: its port may be needed.
        await Task.WhenAll(doomed.Select(container => EndDoomedAsync(container, cancellationToken)));
        var (running, remove) = _ledger.Sort(listed.Except(doomed), spec);
        await Task.WhenAll(remove.Select(id => containers.RemoveAsync(id, cancellationToken)));
        await FillAsync(spec, running, cancellationToken);
    }

    private async Task EndDoomedAsync(ContainerListResponse container, CancellationToken cancellationToken)
    {
        await containers.EndAsync(container, cancellationToken);
        _doomed.TryRemove(container.ID, out _);
    }

    private async Task FillAsync(ContainerSpec spec, int running, CancellationToken cancellationToken)
    {
        var scale = spec.Function.Scale;
        for (var resting = _ledger.Resting;
            running + resting < (resting == 0 ? scale.Max : Math.Min(scale.Min, scale.Max));
            resting = _ledger.Resting)
        {
            _ledger.Rest(await containers.CreateAsync(spec, SlotFor(spec), cancellationToken));
        }
    }

    private async Task<Container> MakeAsync(CancellationToken cancellationToken)
    {
        var spec = Spec ?? throw EngineErrors.Forgotten(function);
        var made = await containers.CreateAsync(spec, SlotFor(spec), cancellationToken);
        _ledger.Claim(made.Id, made.Slot);
        return made;
    }

    private int SlotFor(ContainerSpec spec) => spec.Volumes.HasOwn ? _ledger.NextSlot(spec.Function.Scale.Max) : 0;

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
