using System.Diagnostics;
using Docker.DotNet;

namespace Gateway.Runtimes.Docker;

/// <summary>What the instance does with the engine: the run's beginning and its end.</summary>
internal sealed partial class DockerInstance
{
    private async Task RunAsync()
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            await StartContainerAsync();
            _startTook = Stopwatch.GetElapsedTime(begin);
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
            await FindEndpointAsync(_home.Work.Lifetime);
        }

        await SettleAsync();
        if (_home.Function.Scale.Max > 1)
        {
            _home.Work.Run("making the next container ahead", _home.Pool.RefillAsync);
        }
    }

    private async Task StartContainerAsync()
    {
        if (await _home.TryStartAsync(_container))
        {
            return;
        }

        DockerLog.Replaced(_home.Logger, _home.Function.Name, _container.Id[..12]);
        _home.Live.TryRemove(new(_container.Id, this));
        _container = await _home.Pool.ReplaceAsync(_container, _home.Work.Lifetime);
        _home.Live[_container.Id] = this;
        if (!await _home.TryStartAsync(_container))
        {
            Finish(ExitReport.Gone, rests: false);
            throw EngineErrors.Removed(_home.Function, _home.Engine.Endpoint);
        }
    }

    /// <summary>The engine chooses a container's address when it starts it.</summary>
    private async Task FindEndpointAsync(CancellationToken cancellationToken)
    {
        var found = await _home.Containers.InspectAsync(_container.Id, cancellationToken);
        if (found?.State is { Running: true })
        {
            Endpoint = _home.EndpointOf(found);
            return;
        }

        var exit = await ExitReport.EndedAsync(_home.Engine, _container.Id, found?.State, _startTook, cancellationToken);
        Finish(exit, rests: found is not null);
        throw new RuntimeException($"{EngineErrors.Path(_home.Function)}: its program did not stay: {exit.Reason}");
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

        await start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_exited.Task.IsCompleted)
        {
            return;
        }

        await _home.Containers.StopAsync(_container.Id, _home.Work.Lifetime);
        var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
        Finish(ExitReport.Stopped(state), rests: state is not null);
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

    /// <summary>The container rests before anyone hears of the end: whoever then asks for an instance finds it.</summary>
    private void Finish(InstanceExit exit, bool rests)
    {
        if (!TryEnd())
        {
            return;
        }

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

    /// <summary>Minds the container no longer, whatever it does.</summary>
    private void LetGo()
    {
        if (TryEnd())
        {
            _home.Pool.Release(_container);
        }
    }

    private bool TryEnd()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return false;
            }

            _ended = true;
        }

        _home.Live.TryRemove(new(_container.Id, this));
        return true;
    }
}
