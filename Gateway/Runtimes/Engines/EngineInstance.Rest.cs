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

    private const string EngineFollows = "telling the engine that a container goes on";

    private Task ThawAsync() => TurnAsync(
        "let its container go on", Tier.Running, () => _context.Containers.UnpauseAsync(_container.Id, _context.Work.Lifetime));

    private async Task FreezeAsync()
    {
        await TurnAsync("freeze its container", Tier.Paused, () => _context.Engine.CallAsync(
            client => client.Containers.PauseContainerAsync(_container.Id, _context.Work.Lifetime), _context.Work.Lifetime));
        if (_isAhead)
        {
            // The engine has taken it for paused all the time, so that its pause has frozen nothing.
            _context.EarlyThaw.Freeze(CgroupPaths);
            _isAhead = false;
        }
    }

    private async Task PageOutAsync()
    {
        if (!_tier.IsFrozen())
        {
            await FreezeAsync();
        }

        if (await _context.Pager.TryPushAsync(CgroupPaths))
        {
            _tier = Tier.PagedOut;
        }
    }

    /// <summary>Thaws the processes at once where that is possible, and has the engine follow later.</summary>
    private async Task WakeAsync()
    {
        await ThawFirstAsync();
        if (_waits)
        {
            // Somebody has paused it while its gate waited.
            await PassAsync();
        }
    }

    private async Task ThawFirstAsync()
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
        await (_tier.IsFrozen() ? thaw() : CatchUpAsync(thaw));
    }

    /// <summary>Freezes or thaws the container. It is not an error if somebody else has done so already.</summary>
    private async Task TurnAsync(string what, Tier tier, Func<Task> turn)
    {
        try
        {
            await turn();
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
        var found = state is { Running: true } or { Paused: true } ? TierOf(state) : _tier;
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
        await (was.IsFrozen() ? FreezeAsync() : ThawAsync());
        _tier = was;
    }
}
