namespace Gateway.Activation;

/// <summary>
/// One source of an instance's use: the requests that have a lease on it, or anything else that reaches it outside of the gateway's requests.
/// An instance rests only when none of its sources uses it. Implementations are thread-safe.
/// </summary>
internal interface IUsage
{
    /// <summary>Gets the number of requests, streams or connections of this source that use the instance now.</summary>
    int Current { get; }

    /// <summary>Gets when this source last used the instance, by <see cref="TimeProvider.GetTimestamp"/>, or 0 if it never has.</summary>
    long LastUse { get; }

    /// <summary>
    /// Finds out whether this source really does not use the instance, when nothing new of it can come any more and its count was zero: what is on its way is waited for, a moment.
    /// </summary>
    /// <returns>Returns false if it uses the instance after all.</returns>
    Task<bool> IsUnusedAsync() => Task.FromResult(true);

    /// <summary>Returns a task that completes when this source does not use the instance any more.</summary>
    Task EmptyAsync();
}
