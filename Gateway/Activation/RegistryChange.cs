namespace Gateway.Activation;

/// <summary>A reload of the functions in its two halves: what comes is there, what goes is there still.</summary>
/// <param name="prepared">Completes when preparation of what is new or changed has ended; wakes work before.</param>
/// <param name="retire">Drains and stops what is gone.</param>
internal sealed class RegistryChange(Task prepared, Func<Task> retire)
{
    private Task? _retired;

    /// <summary>Completes when what is new or changed is prepared. Wakes work before.</summary>
    public Task Prepared => prepared;

    /// <summary>The second half, to be called once nothing leads to what is gone, whatever went wrong in between.</summary>
    /// <returns>Completes when nothing of it is left.</returns>
    public Task Retire() => _retired ??= retire();
}
