namespace Gateway.Activation;

/// <summary>The requests, streams and WebSockets that use an instance, and the door through which they come.</summary>
/// <remarks>
/// Lease and drain meet without a lock: a lease counts itself and then looks whether the door is closed; a drain closes
/// the door and then looks at the count. Both are full fences, so at least one of them sees the other.
/// </remarks>
internal sealed class Leases : IUsage
{
    private int _current;
    private int _closed = 1;
    private long _lastUse;
    private TaskCompletionSource? _empty;

    /// <inheritdoc/>
    public int Current => Volatile.Read(ref _current);

    /// <inheritdoc/>
    public long LastUse => Volatile.Read(ref _lastUse);

    /// <summary>Whether requests get in.</summary>
    public bool IsOpen => Volatile.Read(ref _closed) == 0;

    /// <summary>Lets a request in. It has to be released once.</summary>
    /// <returns>Returns false if the door is closed.</returns>
    public bool TryTake()
    {
        Interlocked.Increment(ref _current);
        if (Volatile.Read(ref _closed) == 0)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Ends a request's use.</summary>
    /// <param name="now">The time, which is the last use from here on.</param>
    public void Release(long now)
    {
        Volatile.Write(ref _lastUse, now);
        Leave();
    }

    /// <summary>Opens the door.</summary>
    /// <param name="now">The time, which counts as a use.</param>
    public void Open(long now)
    {
        Volatile.Write(ref _lastUse, now);
        Volatile.Write(ref _empty, null);
        Interlocked.Exchange(ref _closed, 0);
    }

    /// <summary>Opens the door that <see cref="TryCloseEmpty"/> has closed.</summary>
    public void Reopen() => Interlocked.Exchange(ref _closed, 0);

    /// <summary>Closes the door. Requests that are inside go on.</summary>
    public void Close() => Interlocked.Exchange(ref _closed, 1);

    /// <summary>Closes the door if no request is inside, else leaves it open and returns false.</summary>
    public bool TryCloseEmpty()
    {
        Close();
        if (Current == 0)
        {
            return true;
        }

        Reopen();
        return false;
    }

    /// <summary>Counts a time as the last use if there was none before.</summary>
    public void NoteFirst(long now) => Interlocked.CompareExchange(ref _lastUse, now, 0);

    /// <inheritdoc/>
    /// <remarks>The door has to be closed first.</remarks>
    public Task EmptyAsync()
    {
        // One for all that wait while the door stays closed: the last one to leave tells every one of them.
        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var empty = Interlocked.CompareExchange(ref _empty, fresh, null) ?? fresh;
        Interlocked.MemoryBarrier();
        if (Current == 0)
        {
            empty.TrySetResult();
        }

        return empty.Task;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _current) == 0 && Volatile.Read(ref _closed) == 1)
        {
            Volatile.Read(ref _empty)?.TrySetResult();
        }
    }
}
