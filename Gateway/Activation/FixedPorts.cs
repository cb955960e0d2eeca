using Gateway.Configuration;

namespace Gateway.Activation;

/// <summary>
/// Keeps the ports of this machine that functions have in their configuration, and the instances that have them. The configuration gives no two
/// functions the same port, but an instance that is still on its way out may have it: one of another function, or of the same one before a reload.
/// Then the new start waits until that instance is gone. This class is thread-safe.
/// </summary>
internal sealed class FixedPorts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<FunctionInstance>> _holders = [];
    private Task _changesOver = Task.CompletedTask;

    /// <summary>Begins a reload. Starts wait until the result is disposed, because only then is it known which functions go.</summary>
    public IDisposable BeginChange()
    {
        var change = new Change();
        lock (_gate)
        {
            _changesOver = Task.WhenAll(_changesOver, change.Over);
        }

        return change;
    }

    /// <summary>Gives the instance the port of its function, if that has a fixed one, until <see cref="Leave"/>.</summary>
    public void Enter(FunctionInstance instance)
    {
        if (instance.Options.Run.OwnPort is { } port)
        {
            lock (_gate)
            {
                if (!_holders.TryGetValue(port, out var holders))
                {
                    _holders[port] = holders = [];
                }

                holders.Add(instance);
            }
        }
    }

    /// <summary>Takes the port back when nothing of the instance is left.</summary>
    public void Leave(FunctionInstance instance)
    {
        if (instance.Options.Run.OwnPort is { } port)
        {
            lock (_gate)
            {
                if (_holders.TryGetValue(port, out var holders) && holders.Remove(instance) && holders.Count == 0)
                {
                    _holders.Remove(port);
                }
            }
        }
    }

    /// <summary>Waits until no other instance on its way out has the instance's port. It completes at once for an instance without a fixed port.</summary>
    /// <param name="onBusy">Called with the port before each wait for other instances to end.</param>
    public async ValueTask WaitAsync(FunctionInstance instance, Action<int> onBusy, CancellationToken cancellationToken)
    {
        if (instance.Options.Run.OwnPort is not { } port)
        {
            return;
        }

        await ChangesOver().WaitAsync(cancellationToken);
        while (Leaving(port, instance) is { Count: > 0 } ends)
        {
            onBusy(port);
            await Task.WhenAll(ends).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Returns true if <see cref="WaitAsync"/> would wait.</summary>
    public bool MustWait(FunctionInstance instance) =>
        instance.Options.Run.OwnPort is { } port && (!ChangesOver().IsCompleted || Leaving(port, instance).Count > 0);

    private Task ChangesOver()
    {
        lock (_gate)
        {
            return _changesOver;
        }
    }

    private List<Task> Leaving(int port, FunctionInstance newcomer)
    {
        lock (_gate)
        {
            return _holders.TryGetValue(port, out var holders)
                ? [.. holders.Where(holder => holder != newcomer && holder.IsLeaving).Select(holder => holder.Gone)]
                : [];
        }
    }

    private sealed class Change : IDisposable
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Over => _over.Task;

        public void Dispose() => _over.TrySetResult();
    }
}
