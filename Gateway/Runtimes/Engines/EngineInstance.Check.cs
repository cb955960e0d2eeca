using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Looking whether the container is still where it was, and what the engine's events say of that.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>Looks in the background whether the container is still where it was.</summary>
    public void CheckSoon() => _context.Work.Run("looking at a container", _ => CheckAsync());

    /// <summary>Looks in the background whether it was somebody else who froze the container or let it go on.</summary>
    public void CheckSoon(bool frozen) => _context.Work.Run("looking at a container", _ => CheckAsync(frozen));

    /// <summary>
    /// Looks whether it is still where it was. Called when an event says that it may not be, and after events were missed.
    /// </summary>
    public async Task CheckAsync()
    {
        int seen;
        lock (_lock)
        {
            // Before a move has returned an event may be of the run before, or of the move; a stop reports the end itself.
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

        if (state is { Running: true } && IsOfAnotherRun(state))
        {
            // The program that was minded here has ended, and another one runs in its container: somebody else's start, to be looked at as such.
            End(ExitReport.Restarted, rests: false, seen);
            return;
        }

        if (state is { Paused: true } && _isAhead)
        {
            await FollowAsync();
            return;
        }

        if (state is { Running: true } or { Paused: true })
        {
            await FollowOthersAsync(state.Paused ? Tier.Paused : Tier.Running);
            return;
        }

        if (_tier == Tier.Initialized && state is not null && _context.Engine.Dialect.IsInitialized(state))
        {
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

    /// <summary>Whether an event of that time, by the engine's clock, can be of this run: those of the run before may come when this one has begun.</summary>
    public bool IsOfThisRun(long at) => at == 0 || at >= Volatile.Read(ref _asked);

    /// <summary>The engine has executed a program in the container.</summary>
    /// <param name="at">By the engine's clock, nanoseconds since 1970.</param>
    /// <returns>True: it may not have been for this instance, and is to be looked into.</returns>
    public bool NoteStart(long at)
    {
        lock (_lock)
        {
            if (_countsEvents && (_tier != Tier.Running || (_began != 0 && at - _began > LateEvent)))
            {
                return true;
            }

            // While a start is under way it is this one's; its event may also be the later of the two.
            _began = _began == 0 || !_countsEvents ? at : _began;
            return false;
        }
    }

    /// <summary>Its program was sent a signal by the engine: by somebody else, unless the gateway is at it.</summary>
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

    /// <summary>The engine has cleaned up behind a run.</summary>
    public void CleanedUp() => Volatile.Read(ref _cleanedUp)?.TrySetResult();

    /// <summary>It was frozen or let go on; by somebody else, if that is not where it is to be.</summary>
    public Task CheckAsync(bool frozen) =>
        frozen == (_tier == Tier.Paused) || !Volatile.Read(ref _countsEvents) ? Task.CompletedTask : CheckAsync();

    /// <summary>From here on events count. True: one came during the move, and is to be looked into now.</summary>
    private bool EndMove()
    {
        lock (_lock)
        {
            _countsEvents = _tier != Tier.Stopped;
            var hinted = _hinted && _countsEvents;
            _hinted = false;
            return hinted;
        }
    }

    // Then it is looked at again when the move is over: now, if it is already.
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

    // The engine notes the time of a start before it tells of it.
    private bool IsOfAnotherRun(State state) =>
        Volatile.Read(ref _began) is > 0 and var began && EngineFacts.Nanoseconds(state.StartedAt) > began;
}
