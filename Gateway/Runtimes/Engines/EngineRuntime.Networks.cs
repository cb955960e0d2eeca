namespace Gateway.Runtimes.Engines;

/// <summary>Handles what becomes of the containers that keep a network.</summary>
internal abstract partial class EngineRuntime
{
    /// <summary>Notes that a container has ended or was removed. Returns false if it keeps no network.</summary>
    private bool NoteNetwork(string container)
    {
        if (_networks.Ledger.FunctionOf(container) is not { } name)
        {
            return false;
        }

        _networks.Ledger.Doubt(container);
        if (_pools.TryGetValue(name, out var pool) && pool.Spec is { } spec)
        {
            // The next start would do so too, and take longer.
            _work.Run("making a lost network again", token => RestoreNetworkAsync(pool, spec, container, token));
        }

        return true;
    }

    private async Task RestoreNetworkAsync(ContainerPool pool, ContainerSpec spec, string network, CancellationToken cancellationToken)
    {
        var user = _networks.Ledger.UserOf(network);
        var isKept = await _networks.NoteEndAsync(spec.Function, network, cancellationToken);
        if (user is not null)
        {
            Check(user);
        }

        if (!isKept && ReferenceEquals(pool.Spec, spec))
        {
            // A container that rests can be started on no other network.
            await pool.PrepareAsync(spec, cancellationToken);
        }
    }
}
