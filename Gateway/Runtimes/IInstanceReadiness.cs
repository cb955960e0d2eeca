namespace Gateway.Runtimes;

/// <summary>
/// Finds out whether an instance answers if the kernel here does not see its program listen, and a connection does not prove that the program is there:
/// it runs in a machine of its own, or behind another program's socket. <c>Ready:Path</c>, if the function has one, is requested after that. An
/// instance that has refused a connection later has to accept one again, too.
/// </summary>
internal interface IInstanceReadiness
{
    /// <summary>Returns true if the instance answers now.</summary>
    Task<bool> AnswersAsync(CancellationToken cancellationToken);

    /// <summary>Waits until the instance answers. It is called when its start has returned, whatever tier the start was from.</summary>
    /// <exception cref="RuntimeException">The instance will not answer; the message says why.</exception>
    Task WaitAsync(CancellationToken cancellationToken);
}
