using Docker.DotNet.Models;

namespace Gateway.Runtimes.Docker;

/// <summary>
/// The containers of one function: which of them rest, ready for the next start, and which are out with an instance.
/// Taking one that rests costs no call.
/// </summary>
internal sealed class ContainerPool(EngineContainers containers, string function) : IDisposable
{
    /// <summary>One conversation with the engine at a time, so that a container being made is never mistaken for a leftover.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Stack<Container> _resting = new();
    private readonly HashSet<string> _out = [];

    /// <summary>What new containers are made from; null before the first preparation.</summary>
    public ContainerSpec? Spec { get; private set; }

    /// <summary>
    /// Brings the engine in line with the spec: resting containers of ours are taken over, those of another spec or too
    /// many are removed, and what is missing is made. What runs is left alone.
    /// </summary>
    public async Task PrepareAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        using var _ = await EnterAsync(cancellationToken);
        Spec = spec;
        var listed = await containers.ListAsync(function, cancellationToken);
        var (running, remove) = Sort(listed, spec);
        await Task.WhenAll(remove.Select(id => containers.RemoveAsync(id, cancellationToken)));
        await FillAsync(spec, running, cancellationToken);
    }

    /// <summary>Makes the next container ahead when none rests and the scale has room for another.</summary>
    public async Task RefillAsync(CancellationToken cancellationToken)
    {
        using var _ = await EnterAsync(cancellationToken);
        if (Spec is { } spec)
        {
            int running;
            lock (_lock)
            {
                running = _out.Count;
            }

            await FillAsync(spec, running, cancellationToken);
        }
    }

    /// <summary>A resting container, or a new one.</summary>
    public async ValueTask<Container> TakeAsync(CancellationToken cancellationToken)
    {
        if (TryTake() is { } ready)
        {
            return ready;
        }

        using var _ = await EnterAsync(cancellationToken);
        return TryTake() ?? await MakeAsync(cancellationToken);
    }

    /// <summary>A new one for a container that the engine no longer has; what rests beside it may be gone as well.</summary>
    public async Task<Container> ReplaceAsync(Container gone, CancellationToken cancellationToken)
    {
        Release(gone);
        using var _ = await EnterAsync(cancellationToken);
        return await MakeAsync(cancellationToken);
    }

    /// <summary>Says that a running container was found and belongs to an instance now. False: it already does.</summary>
    public bool TryClaim(string container)
    {
        lock (_lock)
        {
            return _out.Add(container);
        }
    }

    /// <summary>A container that has ended comes back. True: it rests; false: it fits no longer, and is to be removed.</summary>
    public bool Return(Container container)
    {
        lock (_lock)
        {
            var fits = _out.Remove(container.Id) && container.SpecHash == Spec?.Hash
                && _resting.Count + _out.Count < Spec.Function.Scale.Max;
            if (fits)
            {
                _resting.Push(container);
            }

            return fits;
        }
    }

    /// <summary>Forgets that it is out: it still runs, but no instance of ours minds it; or it is gone.</summary>
    public void Release(Container container)
    {
        lock (_lock)
        {
            _out.Remove(container.Id);
        }
    }

    /// <summary>A container was removed behind our back. True when it was one that rested here.</summary>
    public bool Lost(string container)
    {
        lock (_lock)
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
    }

    /// <summary>Ends and removes every container of the function.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        using var _ = await EnterAsync(cancellationToken);
        Spec = null;
        lock (_lock)
        {
            _resting.Clear();
        }

        var listed = await containers.ListAsync(function, cancellationToken);
        await Task.WhenAll(listed.Select(container => containers.EndAsync(container.ID, cancellationToken)));
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Decides for each container on the engine: it runs, it rests here, or it has to go.</summary>
    private (int Running, List<string> Remove) Sort(IList<ContainerListResponse> listed, ContainerSpec spec)
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
                if (_out.Contains(container.ID) || (container.State is "running" or "paused" && !known.Contains(container.ID)))
                {
                    running++;
                }
                else if (fits && container.State is not ("dead" or "removing") && running + _resting.Count < spec.Function.Scale.Max)
                {
                    _resting.Push(new Container(container.ID, spec.Hash));
                }
                else
                {
                    remove.Add(container.ID);
                }
            }
        }

        return (running, remove);
    }

    private async Task FillAsync(ContainerSpec spec, int running, CancellationToken cancellationToken)
    {
        while (true)
        {
            int resting;
            lock (_lock)
            {
                resting = _resting.Count;
            }

            var wanted = resting == 0 ? spec.Function.Scale.Max : Math.Min(spec.Function.Scale.Min, spec.Function.Scale.Max);
            if (running + resting >= wanted)
            {
                return;
            }

            var made = await containers.CreateAsync(spec, cancellationToken);
            lock (_lock)
            {
                _resting.Push(made);
            }
        }
    }

    private Container? TryTake()
    {
        lock (_lock)
        {
            if (!_resting.TryPop(out var container))
            {
                return null;
            }

            _out.Add(container.Id);
            return container;
        }
    }

    private async Task<Container> MakeAsync(CancellationToken cancellationToken)
    {
        var spec = Spec ?? throw EngineErrors.Forgotten(function);
        var made = await containers.CreateAsync(spec, cancellationToken);
        lock (_lock)
        {
            _out.Add(made.Id);
        }

        return made;
    }

    private async Task<Releaser> EnterAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        return new Releaser(_gate);
    }

    private readonly struct Releaser(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
