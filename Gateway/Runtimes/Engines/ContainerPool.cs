namespace Gateway.Runtimes.Engines;

/// <summary>
/// The containers of one function on the engine, made ahead and kept between runs. Taking one that rests costs no call.
/// </summary>
internal sealed class ContainerPool(EngineContainers containers, string function) : IDisposable
{
    private readonly ContainerLedger _ledger = new();

    /// <summary>One conversation with the engine at a time, so that a container being made is never mistaken for a leftover.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>What new containers are made from; null before the first preparation.</summary>
    public ContainerSpec? Spec { get; private set; }

    /// <summary>
    /// Brings the engine in line with the spec: resting containers of ours are taken over, those of another spec or too
    /// many are removed, and what is missing is made. What runs is left alone.
    /// </summary>
    /// <param name="spec">What containers are made from now.</param>
    /// <param name="mineAll">Whether what runs and belongs to no instance is ended: its end was asked for while the engine was away.</param>
    public async Task PrepareAsync(ContainerSpec spec, bool mineAll, CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(cancellationToken);
        Spec = spec;
        var (running, remove, strays) = _ledger.Sort(await containers.ListAsync(function, cancellationToken), spec, mineAll);
        await Task.WhenAll([.. remove.Select(id => containers.RemoveAsync(id, cancellationToken)), .. strays.Select(stray => containers.EndAsync(stray, cancellationToken))]);
        await FillAsync(spec, running, cancellationToken);
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

    /// <summary>A resting container, or a new one.</summary>
    public async ValueTask<Container> TakeAsync(CancellationToken cancellationToken)
    {
        if (_ledger.TryTake() is { } ready)
        {
            return ready;
        }

        using var turn = await EnterAsync(cancellationToken);
        return _ledger.TryTake() ?? await MakeAsync(cancellationToken);
    }

    /// <summary>A new one for a container that the engine no longer has; what rests beside it may be gone as well.</summary>
    public async Task<Container> ReplaceAsync(Container gone, CancellationToken cancellationToken)
    {
        _ledger.Release(gone.Id);
        using var turn = await EnterAsync(cancellationToken);
        return await MakeAsync(cancellationToken);
    }

    /// <summary>Says that a running container was found and belongs to an instance now. False: it already does.</summary>
    public bool TryClaim(string container) => _ledger.Claim(container);

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

    private async Task FillAsync(ContainerSpec spec, int running, CancellationToken cancellationToken)
    {
        var scale = spec.Function.Scale;
        for (var resting = _ledger.Resting;
            running + resting < (resting == 0 ? scale.Max : Math.Min(scale.Min, scale.Max));
            resting = _ledger.Resting)
        {
            _ledger.Rest(await containers.CreateAsync(spec, cancellationToken));
        }
    }

    private async Task<Container> MakeAsync(CancellationToken cancellationToken)
    {
        var made = await containers.CreateAsync(Spec ?? throw EngineErrors.Forgotten(function), cancellationToken);
        _ledger.Claim(made.Id);
        return made;
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
