using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Existing;

/// <summary>
/// The user's own container of one function, by its name. It is looked up when the engine tells that another container may have the name, and never made, removed or
/// changed. While somebody makes it anew (<c>docker compose up</c> after a change), whoever wants it waits for it.
/// </summary>
internal sealed partial class ExistingContainer(EngineContainers containers, FunctionOptions function, TimeProvider time) : IContainerStore
{
    /// <summary>
    /// The time for which a container that somebody else has just stopped or made is not started. Who makes a container anew stops it first, and could not remove it if it ran
    /// again by then; and Compose connects a new one to its networks before it starts it.
    /// </summary>
    public static readonly TimeSpan Settles = TimeSpan.FromSeconds(2);

    /// <summary>The time for which somebody is taken to make a container anew that is gone. Compose takes a second or two.</summary>
    public static readonly TimeSpan Returns = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewChanged();
    private FunctionOptions _function = function;
    private UsersContainer? _container;
    private ContainerSpec? _spec;

    // Whether what is known was seen after the last event that may have changed it.
    private bool _isSure;

    // The id of the container that an instance uses, or null.
    private string? _out;

    // When the container was missed first, and when somebody else has stopped or made it last, by the clock; 0 if neither.
    private long _gone;
    private long _touched;

    /// <summary>Gets or sets whether a container that runs has yet to be adopted.</summary>
    public bool IsAdoptionDue { get; set; }

    public WaitingPlaces Door { get; } = new();

    public ContainerSpec? Spec => Volatile.Read(ref _spec);

    /// <summary>Gets the name of the container.</summary>
    public string Name => Function.Container.Existing!;

    /// <summary>Gets the function.</summary>
    public FunctionOptions Function => Volatile.Read(ref _function);

    /// <summary>Gets what is at odds with the rest, in one sentence without a full stop, or null.</summary>
    public string? Notice => Volatile.Read(ref _container)?.Notice;

    /// <summary>Gets the id of the container, or null if there was none when it was looked up last.</summary>
    public string? Id => Volatile.Read(ref _container)?.Id;

    /// <summary>Takes changed options of the function.</summary>
    public void Take(FunctionOptions options)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_function, options))
            {
                (_function, _isSure) = (options, false);
            }
        }
    }

    /// <summary>Notes that another container may have the name by now, or none.</summary>
    public void Doubt()
    {
        lock (_lock)
        {
            _isSure = false;
        }
    }

    /// <summary>Takes the container to start it. Waits for one that is stopped or made anew at this moment, and for the end of the run before.</summary>
    /// <exception cref="RuntimeException">There is no such container.</exception>
    public async Task<(Container Container, ContainerSpec Spec)> TakeAsync(Uri engine, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
                wait = _out is not null ? Timeout.InfiniteTimeSpan : Left(_touched, Settles);
                if (wait == TimeSpan.Zero && _isSure && _container is { } known && _spec is { } spec)
                {
                    _out = known.Id;
                    return (new Container(known.Id, spec.Hash, Slot: 0), spec);
                }

                wait = wait == TimeSpan.Zero && _isSure && _container is null ? Left(_gone, Returns) : wait;
                if (wait == TimeSpan.Zero && _isSure && _container is null && _gone != 0)
                {
                    // The next one asks again.
                    _isSure = false;
                    throw EngineErrors.NoContainer(_function, engine);
                }
            }

            if (wait == TimeSpan.Zero)
            {
                await LookAsync(cancellationToken);
                continue;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, Task.Delay(wait, time, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Notes that an instance uses the container, which runs or is frozen. Returns false if one does already.</summary>
    public bool TryClaim(string container)
    {
        lock (_lock)
        {
            if (_out is not null)
            {
                return false;
            }

            _out = container;
            return true;
        }
    }

    /// <inheritdoc/>
    public void RefuseGate(string why)
    {
    }

    /// <inheritdoc/>
    /// <remarks>A new container may listen elsewhere and stop otherwise, so it is for another instance.</remarks>
    public Task<Container> ReplaceAsync(Container gone, CancellationToken cancellationToken) => throw EngineErrors.Vanished(Function);

    /// <inheritdoc/>
    public bool Return(Container container, bool byOthers = false)
    {
        lock (_lock)
        {
            _touched = byOthers ? time.GetTimestamp() : 0;
            FreeLocked(container);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Release(Container container)
    {
        lock (_lock)
        {
            _isSure = false;
            FreeLocked(container);
        }
    }

    /// <inheritdoc/>
    /// <remarks>If it runs when the engine is back it is adopted, and comes to rest by the usual rules.</remarks>
    public void Doom(Container container) => Release(container);

    /// <inheritdoc/>
    public void Discard(Container container, BackgroundWork work) => Release(container);

    /// <inheritdoc/>
    public Task RefillAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task RemoveAsync(Container container, CancellationToken cancellationToken) => Task.CompletedTask;

    private TimeSpan Left(long since, TimeSpan whole)
    {
        var left = since == 0 ? TimeSpan.Zero : whole - time.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void FreeLocked(Container container)
    {
        if (_out == container.Id)
        {
            _out = null;
            TellLocked();
        }
    }

    private void TellLocked()
    {
        _changed.TrySetResult();
        _changed = NewChanged();
    }

    private static TaskCompletionSource NewChanged() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
