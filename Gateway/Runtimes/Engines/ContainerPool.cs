using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// The containers of one function on the engine, made ahead and kept between runs. Taking one that rests costs no call.
/// </summary>
internal sealed class ContainerPool(EngineContainers containers, string function) : IDisposable
{
    private readonly ContainerLedger _ledger = new();

    /// <summary>One conversation with the engine at a time, so that a container being made is never mistaken for a leftover.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    private long _doubted;
    private long _resolved;

    /// <summary>What new containers are made from; null before the first preparation.</summary>
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
    /// <param name="mineAll">Whether what runs and belongs to no instance is ended: its end was asked for while the engine was away.</param>
    public async Task PrepareAsync(ContainerSpec spec, bool mineAll, CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        await PrepareInTurnAsync(spec, mineAll, cancellationToken);
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

    /// <summary>A container was removed behind our back. True when it was one that rested here.</summary>
    public bool Lost(string container) => _ledger.Lose(container);

    /// <summary>Ends and removes every container of the function.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        Spec = null;
        _ledger.Clear();
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

        await PrepareInTurnAsync(now, mineAll: false, cancellationToken);
        return true;
    }

    private async Task PrepareInTurnAsync(ContainerSpec spec, bool mineAll, CancellationToken cancellationToken)
    {
        Spec = spec;
        var (running, remove, strays) = _ledger.Sort(await containers.ListAsync(function, cancellationToken), spec, mineAll);
        await Task.WhenAll([.. remove.Select(id => containers.RemoveAsync(id, cancellationToken)), .. strays.Select(stray => containers.EndAsync(stray, cancellationToken))]);
        await FillAsync(spec, running, cancellationToken);
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

    private async Task<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        return new Turn(_gate);
    }

    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
