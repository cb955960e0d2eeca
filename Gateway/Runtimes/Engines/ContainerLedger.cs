using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Which containers of one function rest, and which are out with an instance. Thread safe; calls nobody.</summary>
internal sealed class ContainerLedger
{
    private readonly Lock _lock = new();
    private readonly Stack<Container> _resting = new();

    // With the slot of each.
    private readonly Dictionary<string, int> _out = [];
    private TaskCompletionSource _freed = NewFreed();

    public int Resting
    {
        get
        {
            lock (_lock)
            {
                return _resting.Count;
            }
        }
    }

    public int Out
    {
        get
        {
            lock (_lock)
            {
                return _out.Count;
            }
        }
    }

    /// <summary>
    /// The container that rests since the shortest time, which is out from now on; null when none rests whose volumes are not
    /// in use by one of an earlier spec.
    /// </summary>
    public Container? TryTake()
    {
        lock (_lock)
        {
            if (_resting.FirstOrDefault(container => container.Slot == 0 || !_out.ContainsValue(container.Slot)) is not { } container)
            {
                return null;
            }

            LoseLocked(container.Id);
            _out.Add(container.Id, container.Slot);
            return container;
        }
    }

    /// <summary>Completes when one that is out now is so no longer.</summary>
    public Task Freed
    {
        get
        {
            lock (_lock)
            {
                return _freed.Task;
            }
        }
    }

    /// <summary>The first slot whose volumes no other container has; null: all are in use.</summary>
    /// <param name="most">How many slots there are.</param>
    public int? FreeSlot(int most)
    {
        lock (_lock)
        {
            return FirstSlot(most, slot => !_out.ContainsValue(slot));
        }
    }

    /// <summary>The slot for a container that is made ahead: while one of an earlier spec runs, that one's.</summary>
    /// <param name="most">How many slots there are.</param>
    public int NextSlot(int most)
    {
        lock (_lock)
        {
            return FirstSlot(most, slot => !_out.ContainsValue(slot)) ?? FirstSlot(most, _ => true) ?? 1;
        }
    }

    /// <summary>Notes a container that is out, and rests no longer. False: it was out already.</summary>
    public bool Claim(string container, int slot)
    {
        lock (_lock)
        {
            if (!_out.TryAdd(container, slot))
            {
                return false;
            }

            LoseLocked(container);
            return true;
        }
    }

    /// <summary>Notes a new container that rests.</summary>
    public void Rest(Container container)
    {
        lock (_lock)
        {
            _resting.Push(container);
        }
    }

    /// <summary>A container that has ended comes back. True: it rests; false: it fits no longer, and is to be removed.</summary>
    public bool Return(Container container, ContainerSpec? spec)
    {
        lock (_lock)
        {
            var fits = ReleaseLocked(container.Id) && container.SpecHash == spec?.Hash
                && _resting.Count + _out.Count < spec.Function.Scale.Max;
            if (fits)
            {
                _resting.Push(container);
            }

            return fits;
        }
    }

    /// <summary>Forgets that it is out.</summary>
    public void Release(string container)
    {
        lock (_lock)
        {
            ReleaseLocked(container);
        }
    }

    /// <summary>Forgets a resting container. False: it did not rest here.</summary>
    public bool Lose(string container)
    {
        lock (_lock)
        {
            return LoseLocked(container);
        }
    }

    /// <summary>Forgets all that rest.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _resting.Clear();
        }
    }

    /// <summary>
    /// Decides for each container on the engine: it runs, it rests here from now on, or it has to go: made from another
    /// spec, broken, or one too many.
    /// </summary>
    /// <param name="listed">What the engine has.</param>
    /// <param name="spec">What containers are made from now.</param>
    /// <returns>How many run or are out, and the ids of those to remove.</returns>
    public (int Running, IReadOnlyList<string> Remove) Sort(IEnumerable<ContainerListResponse> listed, ContainerSpec spec)
    {
        var running = 0;
        var remove = new List<string>();
        lock (_lock)
        {
            // What came to rest after the list was made is listed as running: it is known better here.
            var known = _resting.Where(container => container.SpecHash == spec.Hash).Select(container => container.Id).ToHashSet();
            _resting.Clear();
            foreach (var container in listed)
            {
                var fits = container.Labels.TryGetValue(ContainerLabels.Spec, out var hash) && hash == spec.Hash;
                var runs = container.State is "running" or "paused" && !known.Contains(container.ID);
                if (_out.ContainsKey(container.ID) || runs)
                {
                    // What is nobody's is taken over or ended by whoever looks for it.
                    running++;
                }
                else if (fits && container.State is not ("dead" or "removing") && running + _resting.Count < spec.Function.Scale.Max)
                {
                    _resting.Push(new Container(container.ID, spec.Hash, ContainerLabels.SlotOf(container.Labels)));
                }
                else
                {
                    remove.Add(container.ID);
                }
            }
        }

        return (running, remove);
    }

    private bool LoseLocked(string container)
    {
        var kept = _resting.Where(resting => resting.Id != container).Reverse().ToArray();
        if (kept.Length == _resting.Count)
        {
            return false;
        }

        _resting.Clear();
        Array.ForEach(kept, _resting.Push);
        return true;
    }

    private bool ReleaseLocked(string container)
    {
        if (!_out.Remove(container))
        {
            return false;
        }

        _freed.TrySetResult();
        _freed = NewFreed();
        return true;
    }

    private int? FirstSlot(int most, Func<int, bool> isFree)
    {
        var resting = _resting.Select(container => container.Slot).ToHashSet();
        return Enumerable.Range(1, most).Where(slot => !resting.Contains(slot) && isFree(slot)).Select(slot => (int?)slot).FirstOrDefault();
    }

    private static TaskCompletionSource NewFreed() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
