using System.Net;
using System.Security.Cryptography;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Docker;

/// <summary>
/// One run of one container. A start that was sent cannot be taken back, so cancelling <see cref="StartAsync"/> ends
/// only the waiting; <see cref="StopAsync"/> then waits for the start's end before it stops what came of it.
/// </summary>
internal sealed class DockerInstance : IInstance
{
    private readonly InstanceHome _home;
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Container _container;
    private Task? _start;
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
        Endpoint = home.Spec.OnHostNetwork ? new IPEndPoint(home.Facts.HostAddress, home.Spec.Port) : null;
        home.Live[container.Id] = this;
    }

    public string Id { get; }

    public IPEndPoint? Endpoint { get; private set; }

    /// <summary>Another container's when the start had to replace the one that was removed behind our back.</summary>
    public IReadOnlyList<string> CgroupPaths => Docker.CgroupPaths.Of(_home.CgroupRoot, _home.Facts.CgroupDriver, _container.Id);

    public Task<InstanceExit> Exited => _exited.Task;

    /// <summary>Takes over a container that runs already. False when it has ended meanwhile: it rests then.</summary>
    public async Task<bool> AdoptAsync(CancellationToken cancellationToken)
    {
        _start = Task.CompletedTask;
        try
        {
            await FindAddressAsync(cancellationToken);
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
            if (_ended)
            {
                return Task.CompletedTask;
            }

            if (_stop is null || _stop.IsFaulted || _stop.IsCanceled)
            {
                _stop = EndAsync();
            }

            stop = _stop;
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
            if (!_runs || _stop is { IsCompleted: false })
            {
                return;
            }
        }

        var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
        if (state is not { Running: true })
        {
            Finish(await ExitReport.EndedAsync(_home.Engine, _container.Id, state, _home.Work.Lifetime), rests: state is not null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_start is null)
        {
            await StopAsync(CancellationToken.None);
        }
        else if (_abandoned && !_exited.Task.IsCompleted)
        {
            // Nobody saw the start's end, so nobody else will end what may come of it.
            _home.Work.Run("stopping a container whose start was given up", AbandonAsync);
        }
        else
        {
            LetGo();
        }
    }

    private async Task AbandonAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StopAsync(cancellationToken);
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>Minds the container no longer, whatever it does.</summary>
    private void LetGo()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        _home.Live.TryRemove(new(_container.Id, this));
        _home.Pool.Release(_container);
    }

    private async Task RunAsync()
    {
        try
        {
            await StartContainerAsync(_home.Work.Lifetime);
        }
        catch (DockerApiException exception)
        {
            var refused = EngineErrors.Refused(_home.Function, "start its container", exception);
            Finish(new InstanceExit(null, refused.Message), rests: false);
            _home.Discard(_container);
            throw refused;
        }

        if (Endpoint is null)
        {
            await FindAddressAsync(_home.Work.Lifetime);
        }

        await SettleAsync();
        if (_home.Function.Scale.Max > 1)
        {
            _home.Work.Run("making the next container ahead", _home.Pool.RefillAsync);
        }
    }

    private async Task StartContainerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CallStartAsync(cancellationToken);
        }
        catch (DockerApiException exception) when (exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            DockerLog.Replaced(_home.Logger, _home.Function.Name, _container.Id[..12]);
            _home.Live.TryRemove(new(_container.Id, this));
            _container = await _home.Pool.ReplaceAsync(_container, cancellationToken);
            _home.Live[_container.Id] = this;
            await CallStartAsync(cancellationToken);
        }
    }

    private Task<bool> CallStartAsync(CancellationToken cancellationToken) => _home.Engine.CallAsync(
        client => client.Containers.StartContainerAsync(_container.Id, null, cancellationToken), cancellationToken);

    /// <summary>The engine chooses a container's address when it starts it.</summary>
    private async Task FindAddressAsync(CancellationToken cancellationToken)
    {
        var found = await _home.Containers.InspectAsync(_container.Id, cancellationToken);
        if (found?.State is not { Running: true } state)
        {
            var exit = await ExitReport.EndedAsync(_home.Engine, _container.Id, found?.State, cancellationToken);
            Finish(exit, rests: found is not null);
            throw new RuntimeException($"{EngineErrors.Path(_home.Function)}: its program did not stay: {exit.Reason}");
        }

        Endpoint ??= new IPEndPoint(
            ContainerAddress.Of(found, _home.Function.Network) ?? throw EngineErrors.NoAddress(_home.Function), _home.Spec.Port);
    }

    /// <summary>From here on events count; one that came during the start is looked into now.</summary>
    private async Task SettleAsync()
    {
        bool hinted;
        lock (_lock)
        {
            _runs = true;
            hinted = _hinted;
        }

        if (hinted)
        {
            await CheckAsync();
        }
    }

    private async Task EndAsync()
    {
        if (_start is not { } start)
        {
            Finish(ExitReport.NeverStarted, rests: true);
            return;
        }

        await start.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_exited.Task.IsCompleted)
        {
            return;
        }

        await _home.Containers.StopAsync(_container.Id, _home.Work.Lifetime);
        var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
        Finish(ExitReport.Stopped(state), rests: state is not null);
    }

    /// <summary>The container rests before anyone hears of the end: whoever then asks for an instance finds it.</summary>
    private void Finish(InstanceExit exit, bool rests)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        _home.Live.TryRemove(new(_container.Id, this));
        if (rests)
        {
            _home.Return(_container);
        }
        else
        {
            _home.Pool.Release(_container);
        }

        _exited.TrySetResult(exit);
    }
}
