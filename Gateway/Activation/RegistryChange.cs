namespace Gateway.Activation;

/// <summary>A reload of the functions, whose first half is done: new functions are there, and removed ones still are.</summary>
/// <param name="prepared">A task that completes when the new and changed functions are prepared. Wakes work before.</param>
/// <param name="retire">Drains and stops the removed functions.</param>
internal sealed class RegistryChange(Task prepared, Func<Task> retire)
{
    private Task? _retired;

    /// <summary>Gets a task that completes when the new and changed functions are prepared. Wakes work before.</summary>
    public Task Prepared => prepared;

    /// <summary>Does the second half. It must be called once nothing leads to the removed functions, even if something failed in between.</summary>
    /// <returns>A task that completes when nothing of the removed functions is left.</returns>
    public Task Retire() => _retired ??= retire();
}
