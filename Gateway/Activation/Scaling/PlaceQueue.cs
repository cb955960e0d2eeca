namespace Gateway.Activation.Scaling;

/// <summary>The requests of one function that wait for a free place, in the order in which they came. It is thread-safe.</summary>
/// <remarks>
/// A request counts itself here and then looks for a free place once more; who leaves an instance frees the place and then looks here. Both are full fences, so
/// at least one of them sees the other. As long as somebody waits, nobody who comes later takes a place.
/// </remarks>
internal sealed class PlaceQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _line = new();
    private int _count;
    private int _bound;

    /// <summary>Gets whether nobody waits.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Gets since when the first one waits, by <see cref="TimeProvider.GetTimestamp"/>, or null if nobody does.</summary>
    public long? FirstSince
    {
        get
        {
            lock (_gate)
            {
                return _line.First?.Value.Since;
            }
        }
    }

    /// <summary>Adds a request as the last one.</summary>
    public void Add(Place place)
    {
        lock (_gate)
        {
            place.Turn = _line.AddLast(place);
            _bound += place.Only is null ? 0 : 1;
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>Takes a request out that waits no longer.</summary>
    /// <returns>Returns false if it has got a place, or an answer, before.</returns>
    public bool Remove(Place place)
    {
        lock (_gate)
        {
            return Leave(place);
        }
    }

    /// <summary>Gives places to those who wait, as long as there are free ones.</summary>
    /// <param name="take">Takes a lease for a request, and returns null if there is no place for it.</param>
    public void Fill(Func<Place, FunctionInstance?> take)
    {
        lock (_gate)
        {
            var isFull = false;
            // One that needs a certain instance does not keep those behind it from the others.
            for (var node = _line.First; node is not null && (!isFull || _bound > 0);)
            {
                var (next, place) = (node.Next, node.Value);
                var lease = isFull && place.Only is null ? null : take(place);
                if (lease is not null)
                {
                    Leave(place);
                    place.Give(lease);
                }
                else
                {
                    isFull |= place.Only is null;
                }

                node = next;
            }
        }
    }

    /// <summary>Ends the wait of all because the function has failed.</summary>
    public void Fail(WaitResult failure)
    {
        lock (_gate)
        {
            while (_line.First is { Value: var place })
            {
                Leave(place);
                place.Fail(failure);
            }
        }
    }

    private bool Leave(Place place)
    {
        if (place.Turn is not { } turn)
        {
            return false;
        }

        place.Turn = null;
        _line.Remove(turn);
        _bound -= place.Only is null ? 0 : 1;
        Interlocked.Decrement(ref _count);
        return true;
    }
}
