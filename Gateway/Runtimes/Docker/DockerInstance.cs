using System.Net;
using System.Security.Cryptography;

namespace Gateway.Runtimes.Docker;

/// <summary>
/// One run of one container. A start that was sent cannot be taken back, so cancelling <see cref="StartAsync"/> ends
/// only the waiting; <see cref="StopAsync"/> then waits for the start's end before it stops what came of it. Nor is a
/// container handed to the next instance while a stop of this one is on its way to the engine.
/// </summary>
internal sealed partial class DockerInstance : IInstance
{
    /// <summary>Nobody here saw an adopted container's start: longer than starts take, and no harm if it took less.</summary>
    private static readonly TimeSpan AdoptedStartTook = TimeSpan.FromSeconds(10);

    private readonly InstanceHome _home;
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Container _container;
    private Task? _start;
    private TimeSpan _startTook;
    private Task? _stop;
    private bool _runs;
    private bool _hinted;
    private bool _ended;
    private bool _abandoned;

    /// <summary>An instance that is yet to be started in a container that rests.</summary>
    public DockerInstance(InstanceHome home, Container container)
    {
        _home = home;
        _container = container;
        // Successive runs of a container are different instances, over restarts of the gateway too.
        Id = $"{container.Id[..12]}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        Endpoint = home.FixedEndpoint;
        home.Live[container.Id] = this;
    }

    public string Id { get; }

    public IPEndPoint? Endpoint { get; private set; }

    /// <summary>Another container's when the start had to replace the one that was removed behind our back.</summary>
    public IReadOnlyList<string> CgroupPaths => Docker.CgroupPaths.Of(_home.CgroupRoot, _home.Facts.CgroupDriver, _container.Id);

    public Task<InstanceExit> Exited => _exited.Task;

    private bool IsStopping => _stop is { IsCompleted: false };

    /// <summary>Takes over a container that runs already. False when it has ended meanwhile: it rests then.</summary>
    public async Task<bool> AdoptAsync(CancellationToken cancellationToken)
    {
        _start = Task.CompletedTask;
        _startTook = AdoptedStartTook;
        try
        {
            await FindEndpointAsync(cancellationToken);
            await SettleAsync();
            return !_exited.Task.IsCompleted;
        }
        catch (RuntimeException) when (_exited.Task.IsCompleted)
        {
            return false;
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task start;
        lock (_lock)
        {
            if (_stop is not null || _ended)
            {
                throw new RuntimeException($"{EngineErrors.Path(_home.Function)}: instance {Id} has ended; ask for a new one");
            }

            start = _start ??= RunAsync();
        }

        try
        {
            await start.WaitAsync(cancellationToken);
        }
        catch
        {
            _abandoned = true;
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Task stop;
        lock (_lock)
        {
            if (_ended && !IsStopping)
            {
                return Task.CompletedTask;
            }

            // A stop that failed (the engine was away) is tried anew.
            stop = IsStopping ? _stop! : _stop = EndAsync();
        }

        return stop.WaitAsync(cancellationToken);
    }

    /// <summary>Looks whether it still runs. Called when an event says that it may not, and after events were missed.</summary>
    public async Task CheckAsync()
    {
        lock (_lock)
        {
            // Before the start has returned an event may be of the run before; a stop reports the end itself.
            _hinted = true;
            if (!_runs || IsStopping)
            {
                return;
            }
        }

        var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
        if (state is { Running: true })
        {
            return;
        }

        var exit = await ExitReport.EndedAsync(_home.Engine, _container.Id, state, _startTook, _home.Work.Lifetime);
        lock (_lock)
        {
            if (!IsStopping)
            {
                Finish(exit, rests: state is not null);
            }
        }
    }

    /// <summary>
    /// A run that goes on is left to the next gateway. One whose start was given up is stopped: nobody else would, since
    /// nobody saw it begin.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_start is null)
        {
            await StopAsync(CancellationToken.None);
        }
        else if (_abandoned && !_exited.Task.IsCompleted)
        {
            _home.Work.Run("stopping a container whose start was given up", AbandonAsync);
        }
        else
        {
            LetGo();
        }
    }
}
