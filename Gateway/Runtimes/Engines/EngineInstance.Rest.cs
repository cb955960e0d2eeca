using Docker.DotNet;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Moves the instance into the tiers between running and stopped, out of them, and back if somebody else has moved it.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>
    /// The time after which the engine is told of a wake that went ahead of it. Earlier, its OCI runtime would take processor time from the handshakes that
    /// the wake is for, and from the first request. It is four round trips (TLS 1.2) of a client half a second away.
    /// </summary>
    internal static readonly TimeSpan EngineFollowsAfter = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait for the event of the clean-up after a killed program.</summary>
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(10);

    private const string EngineFollows = "telling the engine that a container goes on";

    private Task ThawAsync() => TurnAsync(
        "let its container go on", Tier.Running, (client, token) => client.Containers.UnpauseContainerAsync(_container.Id, token));

    private async Task FreezeAsync()
    {
        await TurnAsync("freeze its container", Tier.Paused, (client, token) => client.Containers.PauseContainerAsync(_container.Id, token));
        if (_isAhead)
        {
            // The engine has taken it for paused all the time, so that its pause has frozen nothing.
            _context.EarlyThaw.Freeze(CgroupPaths);
            _isAhead = false;
        }
    }

    /// <summary>Thaws the processes at once where that is possible, and has the engine follow later.</summary>
    private async Task WakeAsync()
    {
        if (!_context.EarlyThaw.Thaw(CgroupPaths))
        {
            await ThawAsync();
            return;
        }

        _isAhead = true;
        _tier = Tier.Running;
        _context.Work.Run(EngineFollows, async token =>
        {
            await Task.Delay(EngineFollowsAfter, _context.Time, token);
            await FollowAsync();
        });
    }

    /// <summary>Has the engine thaw a container that it takes for paused but that runs. It does nothing if the engine is right.</summary>
    /// <exception cref="RuntimeException">The engine refused, or is away. The instance serves all the same, and is checked again when the engine is back.</exception>
    private Task FollowAsync()
    {
        lock (_lock)
        {
            if (IsStopping || _ended)
            {
                return Task.CompletedTask;
            }
        }

        return MoveAsync(() => CatchUpAsync(ThawAsync), _context.Work.Lifetime);
    }

    private async Task CatchUpAsync(Func<Task> thaw)
    {
        if (_isAhead)
        {
            await _context.EarlyThaw.FollowAsync(CgroupPaths, thaw);
            _isAhead = false;
        }
    }

    /// <summary>Makes sure that the engine does not take the container for paused, because a stop of a paused one does not reach its program.</summary>
    private async Task CatchUpToEndAsync()
    {
        Func<Task> thaw = () => _context.Containers.ThawAsync(_container.Id, _context.Work.Lifetime);
        await (_tier == Tier.Paused ? thaw() : CatchUpAsync(thaw));
    }

    /// <summary>Freezes or thaws the container. It is not an error if somebody else has done so already.</summary>
    private async Task TurnAsync(string what, Tier tier, Func<DockerClient, CancellationToken, Task> turn)
    {
        try
        {
            await _context.Engine.CallAsync(client => turn(client, _context.Work.Lifetime), _context.Work.Lifetime);
        }
        catch (DockerApiException exception)
        {
            var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
            var lives = state is { Running: true } or { Paused: true };
            if (!lives)
            {
                Finish(await ExitReport.EndedAsync(_context.Engine, _container.Id, state, _startTook, _context.Work.Lifetime), rests: state is not null);
            }

            if (!lives || state!.Paused != (tier == Tier.Paused))
            {
                throw EngineErrors.Refused(_context.Function, what, exception);
            }
        }

        _tier = tier;
    }

    /// <summary>Ends the program, and has the engine build the sandbox anew for a program that is executed later.</summary>
    private async Task InitializeAsync()
    {
        if (_tier != Tier.Stopped)
        {
            await EmptyAsync();
            await LiftAsync(exists: true);
        }

        try
        {
            await _context.Containers.InitializeAsync(_container.Id, _context.Work.Lifetime);
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            var ran = _tier != Tier.Stopped;
            _tier = Tier.Stopped;
            if (ran)
            {
                var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
                Finish(ExitReport.Stopped(state), rests: state is not null);
            }

            throw exception is DockerApiException refused ? EngineErrors.Refused(_context.Function, "initialize its container", refused) : exception;
        }

        _tier = Tier.Initialized;
        if (IsOutdated)
        {
            // The image's name came to stand for another image during the run, or just now.
            _context.Work.Run(Outdating, _ => OutdateAsync());
        }
    }

    /// <summary>Ends the program, and waits until the engine has cleaned up after it.</summary>
    /// <remarks>
    /// The engine's own stop is not used, because Podman then cleans up twice: in the stop, and in a command that the container's monitor
    /// runs when the program has ended (conmon, ctr_exit.c). The later one would remove a sandbox that was built meanwhile.
    /// After a program that was ended by a signal it cleans up once, and reports that.
    /// </remarks>
    private async Task EmptyAsync()
    {
        await CatchUpToEndAsync();
        var cleanedUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _cleanedUp, cleanedUp);
        var grace = _context.GraceOf(_container, _somebodyWaits.Task);
        var stopSignal = _context.Spec.Image.StopSignal is { Length: > 0 } named ? named : StopSignals.Default;
        if (grace.Longest > TimeSpan.Zero && await _context.Containers.SignalAsync(_container.Id, stopSignal, _context.Work.Lifetime))
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(_context.Work.Lifetime);
            await Task.WhenAny(cleanedUp.Task, grace.IsOverAsync(ended.Token));
            await ended.CancelAsync();
        }

        if (!cleanedUp.Task.IsCompleted && await _context.Containers.SignalAsync(_container.Id, "SIGKILL", _context.Work.Lifetime))
        {
            await cleanedUp.Task.WaitAsync(CleanUpLimit, _context.Work.Lifetime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _context.Work.Lifetime.ThrowIfCancellationRequested();
        if (!cleanedUp.Task.IsCompleted)
        {
            // No event came, because the engine's events are away or no program ran.
            await _context.Containers.StopAsync(_container.Id, grace, _context.Work.Lifetime);
        }
    }

    /// <summary>
    /// Handles that somebody else has moved the container. The owner may leave it there; otherwise it is brought back to the tier that the gateway wants.
    /// </summary>
    private async Task FollowOthersAsync(Tier found)
    {
        if (found != _tier && _tier != Tier.Stopped)
        {
            await MoveAsync(FollowOthersAsync, _context.Work.Lifetime);
        }
    }

    // This is a move of its own, so the state is read again: what was found before its turn came may be out of date.
    private async Task FollowOthersAsync()
    {
        var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
        var found = state switch { { Paused: true } => Tier.Paused, { Running: true } => Tier.Running, _ => _tier };
        var was = _tier;
        if (found == was)
        {
            return;
        }

        _tier = found;
        if (_context.Owner?.Moved(_context.Function.Name, this, found) == true)
        {
            EngineLog.Moved(_context.Logger, _context.Function.Name, _container.Id[..12], found, was);
            return;
        }

        _tier = was;
        EngineLog.Restored(_context.Logger, _context.Function.Name, _container.Id[..12], found, was);
        await (was switch
        {
            Tier.Paused => FreezeAsync(),
            Tier.Running => ThawAsync(),
            _ => InitializeAsync(),
        });
    }
}
