namespace Gateway.Activation;

/// <summary>Counts the requests, streams and WebSockets that use an instance, and has the door through which they come.</summary>
/// <remarks>
/// Leases and drains need no lock between them: a lease counts itself first and then looks at the door, and a drain closes the door first and
/// then looks at the count. Both are full fences, so at least one of them sees the other.
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

    /// <summary>Gets whether requests get in.</summary>
    public bool IsOpen => Volatile.Read(ref _closed) == 0;

    /// <summary>Takes a lease for a request, which has to be released exactly once.</summary>
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

    /// <summary>Takes a lease if there are fewer than so many. It never counts more than that, not even for a moment.</summary>
    /// <returns>Returns false if the door is closed, or there are as many.</returns>
    public bool TryTake(int limit)
    {
        if (limit == int.MaxValue)
        {
            return TryTake();
        }

        for (var current = Volatile.Read(ref _current); current < limit;)
        {
            var before = Interlocked.CompareExchange(ref _current, current + 1, current);
            if (before == current)
            {
                if (Volatile.Read(ref _closed) == 0)
                {
                    return true;
                }

                Leave();
                return false;
            }

            current = before;
        }

        return false;
    }

    /// <summary>Ends a lease.</summary>
    /// <param name="now">The time, which is the last use from here on.</param>
    public void Release(long now)
    {
        Volatile.Write(ref _lastUse, now);
        Leave();
    }

    /// <summary>Ends a lease that was no use.</summary>
    public void ReleaseUnused() => Leave();

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

    /// <summary>Closes the door if no request is inside; otherwise leaves it open and returns false.</summary>
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

    /// <summary>Sets the time of the last use if there was no use before.</summary>
    public void NoteFirst(long now) => Interlocked.CompareExchange(ref _lastUse, now, 0);

    /// <inheritdoc/>
    /// <remarks>The door has to be closed first.</remarks>
    public Task EmptyAsync()
    {
        // All callers share one source while the door stays closed. The last request that leaves completes it.
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
