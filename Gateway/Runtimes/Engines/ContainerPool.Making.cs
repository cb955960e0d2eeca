using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines;

/// <summary>Makes the function's containers, one call after another.</summary>
internal sealed partial class ContainerPool
{
    private int _waiting;

    /// <summary>Notes that the engine does not start containers with a gate, so that new ones have none.</summary>
    /// <param name="why">One sentence without a full stop.</param>
    public void RefuseGate(string why)
    {
        if (Spec is { Gate.Has: true } spec)
        {
            Spec = spec.WithoutGate(why);
        }
    }

    /// <summary>Counts a container that is about to wait behind its gate. Returns false if <c>Idle:Ahead</c> of the function wait already.</summary>
    public bool TryEnterDoor()
    {
        if (Interlocked.Increment(ref _waiting) <= (Spec?.Function.Idle.Ahead ?? int.MaxValue))
        {
            return true;
        }

        LeaveDoor();
        return false;
    }

    /// <summary>Counts a container that waits behind its gate already.</summary>
    public void EnterDoor() => Interlocked.Increment(ref _waiting);

    /// <summary>Counts a container that no longer waits.</summary>
    public void LeaveDoor() => Interlocked.Decrement(ref _waiting);

    private async Task FillAsync(ContainerSpec spec, int running, CancellationToken cancellationToken)
    {
        var scale = spec.Function.Scale;
        for (var resting = _ledger.Resting;
            running + resting < (resting == 0 ? scale.Max : Math.Min(scale.Min, scale.Max));
            resting = _ledger.Resting)
        {
            _ledger.Rest(await CreateAsync(spec, cancellationToken));
        }
    }

    private async Task<Container> MakeAsync(CancellationToken cancellationToken)
    {
        var spec = Spec ?? throw EngineErrors.Forgotten(function);
        var made = await CreateAsync(spec, cancellationToken);
        _ledger.Claim(made.Id, made.Slot);
        return made;
    }

    private int SlotFor(ContainerSpec spec) => spec.Volumes.HasOwn ? _ledger.NextSlot(spec.Function.Scale.Max) : 0;

    private async Task<Container> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return await containers.CreateAsync(spec, SlotFor(spec), cancellationToken);
        }
        catch (GateRefusedException refused)
        {
            RefuseGate(refused.Message);
            var without = spec.WithoutGate(refused.Message);
            return await containers.CreateAsync(without, SlotFor(without), cancellationToken);
        }
    }
}
