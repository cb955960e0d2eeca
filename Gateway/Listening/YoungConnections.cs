namespace Gateway.Listening;

/// <summary>
/// Counts the connections that were accepted and on which no request has come yet: their clients shake hands, or their first request is on its way. A gateway that ends waits
/// for them a moment, since the server closes a connection without a request at once, and the client would get no answer.
/// </summary>
internal sealed class YoungConnections
{
    /// <summary>
    /// The longest wait. Three round trips of a slow client (a TLS 1.2 handshake and its request, at 300 ms each) fit in it; a client that has connected ahead and asks
    /// nothing does not hold the end up for longer.
    /// </summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private int _count;
    private volatile TaskCompletionSource? _none;

    /// <summary>Counts a connection that has been accepted.</summary>
    public void Enter() => Interlocked.Increment(ref _count);

    /// <summary>Stops counting a connection, because a request came on it or because it was closed.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) <= 0)
        {
            _none?.TrySetResult();
        }
    }

    /// <summary>Returns a task that completes when no connection is young. It is meant for when no more are accepted.</summary>
    public Task NoneAsync()
    {
        var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _none = none;
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _count) <= 0 ? Task.CompletedTask : none.Task;
    }
}
