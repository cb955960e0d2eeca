using Docker.DotNet;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>The tiers between running and stopped: into them, out of them, and back when somebody else has moved it.</summary>
internal sealed partial class EngineInstance
{
    private Task ThawAsync() => TurnAsync(
        "let its container go on", Tier.Running, (client, token) => client.Containers.UnpauseContainerAsync(_container.Id, token));

    private Task FreezeAsync() => TurnAsync(
        "freeze its container", Tier.Paused, (client, token) => client.Containers.PauseContainerAsync(_container.Id, token));

    /// <summary>Lets its processes go on at once where that can be done, and has the engine follow.</summary>
    /// <param name="goesOn">Completed when they do, the engine having yet to hear of it.</param>
    private async Task WakeAsync(TaskCompletionSource goesOn)
    {
        if (!_home.EarlyThaw.Release(CgroupPaths))
        {
            await ThawAsync();
            return;
        }

        _tier = Tier.Running;
        goesOn.TrySetResult();
        try
        {
            await ThawAsync();
        }
        catch (OperationCanceledException)
        {
            // The gateway ends. They stand still until the engine has done what it was asked for.
            _home.EarlyThaw.Return(CgroupPaths);
            throw;
        }
        catch (RuntimeException exception)
        {
            // It serves all the same; where it was is looked at when the engine is back, and when it is to rest.
            EngineLog.WorkFailed(_home.Logger, "telling the engine that a container goes on", exception.Message);
        }
    }

    /// <summary>Freezes it or lets it go on. That somebody else has done so already is as good.</summary>
    private async Task TurnAsync(string what, Tier tier, Func<DockerClient, CancellationToken, Task> turn)
    {
        try
        {
            await _home.Engine.CallAsync(client => turn(client, _home.Work.Lifetime), _home.Work.Lifetime);
        }
        catch (DockerApiException exception)
        {
            var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
            var lives = state is { Running: true } or { Paused: true };
            if (!lives)
            {
                Finish(await ExitReport.EndedAsync(_home.Engine, _container.Id, state, _startTook, _home.Work.Lifetime), rests: state is not null);
            }

            if (!lives || state!.Paused != (tier == Tier.Paused))
            {
                throw EngineErrors.Refused(_home.Function, what, exception);
            }
        }

        _tier = tier;
        _home.EarlyThaw.Return(CgroupPaths);
    }

    /// <summary>Ends what runs in it, and has the engine build the sandbox anew, for a program yet to be executed.</summary>
    private async Task InitializeAsync()
    {
        if (_tier != Tier.Stopped)
        {
            await EmptyAsync();
            await LiftAsync(exists: true);
        }

        try
        {
            await _home.Containers.InitializeAsync(_container.Id, _home.Work.Lifetime);
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            var ran = _tier != Tier.Stopped;
            _tier = Tier.Stopped;
            if (ran)
            {
                var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
                Finish(ExitReport.Stopped(state), rests: state is not null);
            }

            throw exception is DockerApiException refused ? EngineErrors.Refused(_home.Function, "initialize its container", refused) : exception;
        }

        _tier = Tier.Initialized;
    }

    /// <summary>Ends what runs in it, and waits until the engine has cleaned up behind it.</summary>
    /// <remarks>
    /// Not by the engine's own stop: Podman cleans up twice then, in the stop and in a command that the container's monitor
    /// runs when the program has ended (conmon, ctr_exit.c), and the later one takes down a sandbox that was built meanwhile.
    /// Behind a program that a signal ended it cleans up once, and tells.
    /// </remarks>
    private async Task EmptyAsync()
    {
        if (_tier == Tier.Paused)
        {
            await _home.Containers.ThawAsync(_container.Id, _home.Work.Lifetime);
        }

        var cleanedUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _cleanedUp, cleanedUp);
        foreach (var kill in (bool[])[false, true])
        {
            if (!await _home.Containers.SignalAsync(_container.Id, kill, _home.Work.Lifetime))
            {
                break;
            }

            await cleanedUp.Task.WaitAsync(TimeSpan.FromSeconds(EngineContainers.GraceSeconds), _home.Work.Lifetime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _home.Work.Lifetime.ThrowIfCancellationRequested();
            if (cleanedUp.Task.IsCompleted)
            {
                return;
            }
        }

        // Nothing was told: the engine's events are away, or it was at rest already.
        await _home.Containers.StopAsync(_container.Id, frozen: false, _home.Work.Lifetime);
    }

    /// <summary>Who the gateway says runs, runs; who it says rests, does. People may freeze containers and let them go.</summary>
    private async Task RestoreAsync(Tier found)
    {
        if (found == _tier || _tier == Tier.Stopped)
        {
            return;
        }

        EngineLog.Restored(_home.Logger, _home.Function.Name, _container.Id[..12], found, _tier);
        await MoveAsync(() => _tier switch
        {
            Tier.Paused => FreezeAsync(),
            Tier.Running => ThawAsync(),
            _ => InitializeAsync(),
        }, _home.Work.Lifetime);
    }
}
