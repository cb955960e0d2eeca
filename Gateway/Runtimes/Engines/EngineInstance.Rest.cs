using Docker.DotNet;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>The tiers between running and stopped: into them, out of them, and back when somebody else has moved it.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>
    /// When the engine hears of a wake that went ahead of it: its OCI runtime would take the processors from the handshakes that the
    /// wake is for, and from the first request. Four round trips (TLS 1.2) of a client half a second away.
    /// </summary>
    internal static readonly TimeSpan EngineFollowsAfter = TimeSpan.FromSeconds(2);

    /// <summary>How long the word of the clean-up behind a killed program is waited for.</summary>
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(10);

    private const string EngineFollows = "telling the engine that a container goes on";

    private Task ThawAsync() => TurnAsync(
        "let its container go on", Tier.Running, (client, token) => client.Containers.UnpauseContainerAsync(_container.Id, token));

    private async Task FreezeAsync()
    {
        await TurnAsync("freeze its container", Tier.Paused, (client, token) => client.Containers.PauseContainerAsync(_container.Id, token));
        if (_isAhead)
        {
            // It was paused to the engine all the time.
            _context.EarlyThaw.Freeze(CgroupPaths);
            _isAhead = false;
        }
    }

    /// <summary>Lets its processes go on at once where that can be done, and has the engine follow later.</summary>
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

    /// <summary>Has the engine let go on what it holds for frozen and is not. Nothing happens when it is as the engine holds it to be.</summary>
    /// <exception cref="RuntimeException">The engine would not, or is away: it serves all the same, and another look comes when the engine is back.</exception>
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

    /// <summary>To the engine it runs or does not: what ends it is not to find a paused one, whose program would not see the signal.</summary>
    private async Task CatchUpToEndAsync()
    {
        Func<Task> thaw = () => _context.Containers.ThawAsync(_container.Id, _context.Work.Lifetime);
        await (_tier == Tier.Paused ? thaw() : CatchUpAsync(thaw));
    }

    /// <summary>Freezes it or lets it go on. That somebody else has done so already is as good.</summary>
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
            // The image changed while it ran, or just now.
            _context.Work.Run(Outdating, _ => OutdateAsync());
        }
    }

    /// <summary>Ends what runs in it, and waits until the engine has cleaned up behind it.</summary>
    /// <remarks>
    /// Not by the engine's own stop: Podman cleans up twice then, in the stop and in a command that the container's monitor
    /// runs when the program has ended (conmon, ctr_exit.c), and the later one takes down a sandbox that was built meanwhile.
    /// Behind a program that a signal ended it cleans up once, and tells.
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
            // Nothing was told: the engine's events are away, or it was at rest already.
            await _context.Containers.StopAsync(_container.Id, grace, _context.Work.Lifetime);
        }
    }

    /// <summary>
    /// Somebody else has moved it: whoever minds it may leave it there. Else who the gateway says runs, runs, and who it says rests, does.
    /// </summary>
    private async Task FollowOthersAsync(Tier found)
    {
        if (found != _tier && _tier != Tier.Stopped)
        {
            await MoveAsync(FollowOthersAsync, _context.Work.Lifetime);
        }
    }

    // A move of its own: what was found before it had its turn may be old.
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
