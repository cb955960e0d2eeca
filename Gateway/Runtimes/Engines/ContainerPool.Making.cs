using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines;

/// <summary>Makes the function's containers, one call after another.</summary>
internal sealed partial class ContainerPool
{
    /// <summary>Counts the containers that wait behind their gates.</summary>
    public WaitingPlaces Door { get; } = new();

    /// <summary>Notes that the engine does not start containers with a gate, so that new ones have none.</summary>
    /// <param name="why">One sentence without a full stop.</param>
    public void RefuseGate(string why)
    {
        if (Spec is { Gate.Has: true } spec)
        {
            Spec = spec.WithoutGate(why);
        }
    }

    /// <summary>Removes a container that no instance uses any more, and its network if that is kept for nobody else.</summary>
    public async Task RemoveAsync(Container container, CancellationToken cancellationToken)
    {
        await containers.RemoveAsync(container.Id, cancellationToken);
        if (container.Network is not null)
        {
            using var turn = await EnterAsync(cancellationToken);
            await networks.TidyAsync(function, cancellationToken);
        }
    }

    /// <summary>Removes a container that does not start, and has another one made.</summary>
    public void Discard(Container container, BackgroundWork work)
    {
        Release(container);
        work.Run(
            "replacing a container that does not start",
            async token =>
            {
                await containers.RemoveAsync(container.Id, token);
                await RefillAsync(token);
            });
    }

    /// <param name="running">The containers that ran when the engine was asked.</param>
    private async Task FillAsync(ContainerSpec spec, IReadOnlyList<string> running, CancellationToken cancellationToken)
    {
        var scale = spec.Function.Scale;
        for (var (resting, all) = _ledger.Count(running);
            all < (resting == 0 ? scale.Max : Math.Min(scale.Min, scale.Max));
            (resting, all) = _ledger.Count(running))
        {
            await CreateAsync(spec, _ledger.Rest, cancellationToken);
        }
    }

    /// <summary>Makes a container for somebody who may give up. The engine would make it all the same, and nobody would know of it, so that the making goes on.</summary>
    /// <param name="turn">Is ended when the container is there.</param>
    private async Task<Container> MakeForAsync(HeldGate turn, CancellationToken cancellationToken)
    {
        var making = MakeAsync(turn);
        try
        {
            return await making.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = GiveBackAsync(making);
            throw;
        }
    }

    private async Task<Container> MakeAsync(HeldGate turn)
    {
        using (turn)
        {
            return await MakeAsync(CancellationToken.None);
        }
    }

    private async Task GiveBackAsync(Task<Container> making)
    {
        try
        {
            var made = await making;
            if (!Return(made))
            {
                await RemoveAsync(made, CancellationToken.None);
            }
        }
        catch (Exception error) when (error is RuntimeException or ObjectDisposedException)
        {
            // The engine has refused or is away, or the gateway ends. What is left there is found when the containers are looked at next.
        }
    }

    private async Task<Container> MakeAsync(CancellationToken cancellationToken)
    {
        var spec = Spec ?? throw EngineErrors.Forgotten(function);
        return await CreateAsync(spec, made => _ledger.Claim(made.Id, made.Slot), cancellationToken);
    }

    private int SlotFor(ContainerSpec spec) => spec.Volumes.HasOwn ? _ledger.NextSlot(spec.Function.Scale.Max) : 0;

    /// <param name="note">Notes where the new container is.</param>
    private async Task<Container> CreateAsync(ContainerSpec spec, Action<Container> note, CancellationToken cancellationToken)
    {
        var network = await networks.TakeAsync(spec, cancellationToken);
        Container? made = null;
        _ledger.Making(1);
        try
        {
            made = await CreateAsync(spec, network, cancellationToken);
            note(made);
            return made;
        }
        finally
        {
            _ledger.Making(-1);
            if (network is not null)
            {
                networks.Ledger.Join(network, made?.Id);
            }
        }
    }

    private async Task<Container> CreateAsync(ContainerSpec spec, string? network, CancellationToken cancellationToken)
    {
        try
        {
            return await containers.CreateAsync(spec, SlotFor(spec), network, cancellationToken);
        }
        catch (GateRefusedException refused)
        {
            RefuseGate(refused.Message);
            var without = spec.WithoutGate(refused.Message);
            return await containers.CreateAsync(without, SlotFor(without), network, cancellationToken);
        }
    }

    /// <summary>Has lost networks made again ahead of the next start, which would otherwise do so.</summary>
    private async Task RestoreAsync(IReadOnlyList<string> lost, ContainerSpec spec, CancellationToken cancellationToken)
    {
        foreach (var network in lost.Where(network => spec.Network is { } wanted && networks.Ledger.Fits(network, wanted.Hash) && networks.Ledger.UserOf(network) is not null))
        {
            await networks.RestoreAsync(spec.Function, network, cancellationToken);
        }
    }
}
