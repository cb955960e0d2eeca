namespace Gateway.Activation;

/// <summary>
/// One source of what uses an instance: the requests that have a lease on it, and whatever else reaches it without the gateway's requests.
/// An instance rests only when none of its sources uses it. Thread safe.
/// </summary>
internal interface IUsage
{
    /// <summary>The number of requests, streams or connections of this source that use the instance now.</summary>
    int Current { get; }

    /// <summary>When this source used the instance last, by <see cref="TimeProvider.GetTimestamp"/>; 0 if it never has.</summary>
    long LastUse { get; }

    /// <summary>Returns a task that completes when this source does not use the instance any more.</summary>
    Task EmptyAsync();
}
