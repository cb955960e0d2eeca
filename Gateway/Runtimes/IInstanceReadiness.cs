namespace Gateway.Runtimes;

/// <summary>
/// How an instance tells that it answers, whose program neither the kernel here hears listening nor a connect proves to be there: one in a machine of its
/// own, or behind somebody else's door. <c>Ready:Path</c> is asked after it, if the function has one. An instance that refuses a connection later has to
/// take one again, too.
/// </summary>
internal interface IInstanceReadiness
{
    /// <summary>Whether the instance answers now.</summary>
    Task<bool> AnswersAsync(CancellationToken cancellationToken);

    /// <summary>Completes when the instance answers. Called when its start has returned, from whatever tier it was in.</summary>
    /// <exception cref="RuntimeException">It will not; the message says why.</exception>
    Task WaitAsync(CancellationToken cancellationToken);
}
