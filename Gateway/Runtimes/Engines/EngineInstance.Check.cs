using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Checks whether the container is still where it was, and takes the engine's events about that.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>Checks in the background whether the container is still where it was.</summary>
    public void CheckSoon() => _context.Work.Run("looking at a container", _ => CheckAsync());

    /// <summary>Checks in the background whether it was somebody else who froze or thawed the container.</summary>
    public void CheckSoon(bool frozen) => _context.Work.Run("looking at a container", _ => CheckAsync(frozen));

    /// <summary>
    /// Checks whether the container is still where it was. This is called when an event says that it may not be, and after events were missed.
    /// </summary>
    public async Task CheckAsync()
    {
        int seen;
        lock (_lock)
        {
            // Until a move has returned, an event may be from the run before or from the move. A stop reports the end itself.
            _hinted |= !_countsEvents;
            if (!_countsEvents || IsStopping)
            {
                return;
            }

            seen = _moves;
        }

        var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
        if (HasMovedSince(seen))
        {
            return;
        }

        // To Docker a container that its restart policy will start again runs, although its program has ended.
        state = state is { Restarting: true } ? EndedOf(state) : state;
        if (state is { Running: true } && IsOfAnotherRun(state))
        {
            // The program of this run has ended, and another one runs in the container because somebody else started it. That is handled as their start.
            End(ExitReport.Restarted, rests: false, seen);
            return;
        }

        if (state is { Running: true } or { Paused: true })
        {
            // The event of the start is missed if the events were lost at that moment. Without the time a start by somebody else would look like this one.
            Interlocked.CompareExchange(ref _began, EngineFacts.Nanoseconds(state.StartedAt), 0);
        }

        if (state is { Running: true } or { Paused: true } && await HasLostNetworkAsync(state!))
        {
            await EndWithoutNetworkAsync(seen);
            return;
        }

        if (state is { Paused: true } && _isAhead)
        {
            await FollowAsync();
            return;
        }

        if (state is { Running: true } or { Paused: true })
        {
            await FollowOthersAsync(TierOf(state));
            return;
        }

        var exit = await ExitReport.EndedAsync(_context.Engine, _container.Id, state, _startTook, _context.Work.Lifetime);
        if (HasMovedSince(seen))
        {
            return;
        }

        await LiftAsync(state is not null);
        End(exit, rests: state is not null, seen);
    }

    /// <summary>Returns true if an event of that time, by the engine's clock, can belong to this run, because events of the run before may come late.</summary>
    public bool IsOfThisRun(long at) => at == 0 || at >= Volatile.Read(ref _asked);

    /// <summary>Notes that the engine has executed a program in the container.</summary>
    /// <param name="at">The time by the engine's clock, in nanoseconds since 1970.</param>
    /// <returns>Returns true if it may not have been for this instance, so that the container has to be checked.</returns>
    public bool NoteStart(long at)
    {
        lock (_lock)
        {
            if (_countsEvents && (_tier is not (Tier.Running or Tier.Initialized) || (_began != 0 && at - _began > LateEvent)))
            {
                return true;
            }

            // While a start is under way, the event belongs to it. Its time may be later than the one that the engine notes for the same start.
            _began = _began == 0 || !_countsEvents ? at : _began;
            return false;
        }
    }

    /// <summary>Notes that the program was sent a signal through the engine, by somebody else unless a move or a stop of the gateway is under way.</summary>
    public void NoteSignal()
    {
        lock (_lock)
        {
            if (_countsEvents && !IsStopping)
            {
                _signalled = _context.Time.GetTimestamp();
            }
        }
    }

    /// <summary>Checks the container after it was frozen or thawed, unless that is where it should be.</summary>
    public Task CheckAsync(bool frozen)
    {
        lock (_lock)
        {
            if (!_countsEvents)
            {
                // It may be the move's own doing. Where the move ends says whether it was.
                _toldFrozen = frozen;
                return Task.CompletedTask;
            }
        }

        return frozen == _tier.IsFrozen() ? Task.CompletedTask : CheckAsync();
    }

    /// <summary>Ends a move, so that events count from here on. Returns true if one came during the move, so that the container has to be checked now.</summary>
    private bool EndMove()
    {
        lock (_lock)
        {
            _countsEvents = _tier != Tier.Stopped;
            var hinted = _countsEvents && (_hinted || (_toldFrozen is { } frozen && frozen != _tier.IsFrozen()));
            (_hinted, _toldFrozen) = (false, null);
            return hinted;
        }
    }

    // If a move has begun since, the container is checked again when the move is over, or now if it is over already.
    private bool HasMovedSince(int seen)
    {
        lock (_lock)
        {
            if (_moves == seen)
            {
                return false;
            }

            _hinted |= !_countsEvents;
            if (_countsEvents)
            {
                CheckSoon();
            }

            return true;
        }
    }

    // The engine notes the time of a start before it reports the start.
    private bool IsOfAnotherRun(State state) =>
        Volatile.Read(ref _began) is > 0 and var began && EngineFacts.Nanoseconds(state.StartedAt) > began;

    /// <summary>Returns true if the container's program runs or is frozen.</summary>
    private static bool Lives(State state) => state is { Running: true, Restarting: false } or { Paused: true };

    private static State EndedOf(State restarting) =>
        new() { ExitCode = restarting.ExitCode, OOMKilled = restarting.OOMKilled, StartedAt = restarting.StartedAt, FinishedAt = restarting.FinishedAt };
}
