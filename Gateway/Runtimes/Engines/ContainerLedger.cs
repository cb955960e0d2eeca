using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Knows which containers of one function rest, and which are out: in use by an instance. This class is thread-safe, and makes no calls.
/// </summary>
internal sealed class ContainerLedger
{
    private readonly Lock _lock = new();
    private readonly Stack<Container> _resting = new();

    // The containers that are out, with the slot of each.
    private readonly Dictionary<string, int> _out = [];
    private TaskCompletionSource _freed = NewFreed();

    // The containers that the engine is making, which will rest or be out.
    private int _making;

    /// <summary>Gets whether no container is out or rests.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _out.Count == 0 && _resting.Count == 0;
            }
        }
    }

    /// <summary>Counts the function's containers as they are now: one that rested when the engine was asked may be out.</summary>
    /// <param name="running">The containers that ran when the engine was asked. Of them some may be out, and some be nobody's yet.</param>
    /// <returns>Returns how many rest, and how many there are in all.</returns>
    public (int Resting, int All) Count(IReadOnlyList<string> running)
    {
        lock (_lock)
        {
            var strays = running.Count(container => !_out.ContainsKey(container) && !_resting.Any(resting => resting.Id == container));
            return (_resting.Count, _resting.Count + _out.Count + strays);
        }
    }

    /// <summary>
    /// Takes the container that came to rest last, which is out from now on. Returns null if none rests, or if the volumes of each one that rests are
    /// in use by a container of an earlier spec.
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

    /// <summary>Gets a task that completes when a container that is out now comes back.</summary>
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

    /// <summary>Returns the first slot whose volumes no other container has, or null if all are in use.</summary>
    /// <param name="most">The number of slots.</param>
    public int? FreeSlot(int most)
    {
        lock (_lock)
        {
            return FirstSlot(most, slot => !_out.ContainsValue(slot));
        }
    }

    /// <summary>Returns the slot for a container that is made ahead. While all others are taken, that is the slot of a container that is out.</summary>
    /// <param name="most">The number of slots.</param>
    public int NextSlot(int most)
    {
        lock (_lock)
        {
            return FirstSlot(most, slot => !_out.ContainsValue(slot)) ?? FirstSlot(most, _ => true) ?? 1;
        }
    }

    /// <summary>Notes that the engine makes one container more or less. It takes a place: one that comes back meanwhile may be one too many.</summary>
    public void Making(int change)
    {
        lock (_lock)
        {
            _making += change;
        }
    }

    /// <summary>Notes that a container is out, and no longer rests. Returns false if it was out already.</summary>
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

    /// <summary>Takes back a container that has ended. Returns true if it rests now, and false if it no longer fits and has to be removed.</summary>
    public bool Return(Container container, ContainerSpec? spec)
    {
        lock (_lock)
        {
            var fits = ReleaseLocked(container.Id) && container.SpecHash == spec?.Hash
                && _resting.Count + _out.Count + _making < spec.Function.Scale.Max;
            if (fits)
            {
                _resting.Push(container);
            }

            return fits;
        }
    }

    /// <summary>Forgets that a container is out.</summary>
    public void Release(string container)
    {
        lock (_lock)
        {
            ReleaseLocked(container);
        }
    }

    /// <summary>Forgets a resting container. Returns false if it did not rest here.</summary>
    public bool Lose(string container)
    {
        lock (_lock)
        {
            return LoseLocked(container);
        }
    }

    /// <summary>Forgets all containers that rest.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _resting.Clear();
        }
    }

    /// <summary>
    /// Decides for each container on the engine whether it runs, rests here from now on, or has to be removed because it was made from another
    /// spec, is broken, or is one too many.
    /// </summary>
    /// <param name="listed">The containers that the engine has.</param>
    /// <param name="spec">The spec from which containers are made now.</param>
    /// <param name="isRight">Whether a container of the spec is as it is to be beyond the spec.</param>
    /// <returns>Returns the ids of the containers that run or are out, and of those to remove.</returns>
    public (IReadOnlyList<string> Running, IReadOnlyList<string> Remove) Sort(
        IEnumerable<ContainerListResponse> listed, ContainerSpec spec, Func<ContainerListResponse, bool> isRight)
    {
        var remove = new List<string>();
        lock (_lock)
        {
            // A container that came to rest after the engine made the list is still listed as running.
            var known = _resting.Where(container => container.SpecHash == spec.Hash).Select(container => container.Id).ToHashSet();
            _resting.Clear();

            // Those that run count first, in whatever order the engine lists them. If no instance uses one, it is adopted or ended elsewhere, when leftovers are looked for.
            var byUse = listed.ToLookup(container => _out.ContainsKey(container.ID) || (container.State is "running" or "paused" && !known.Contains(container.ID)));
            string[] running = [.. byUse[true].Select(container => container.ID)];
            foreach (var container in byUse[false])
            {
                var fits = container.Labels.TryGetValue(ContainerLabels.Spec, out var hash) && hash == spec.Hash && isRight(container);
                if (fits && container.State is not ("dead" or "removing") && running.Length + _resting.Count < spec.Function.Scale.Max)
                {
                    _resting.Push(Container.Of(container, spec.Hash));
                }
                else
                {
                    remove.Add(container.ID);
                }
            }

            return (running, remove);
        }
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
