namespace Gateway.Runtimes.Engines;

/// <summary>Handles the end of the run: one that was asked for, one that was noticed, and giving the container up or leaving it to the next gateway.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>The time that disposal waits for the engine, so that an engine that hangs does not keep the gateway from ending.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    /// <summary>The time within which an end is attributed to a signal from somebody else. It is longer than the engines' own grace period.</summary>
    private static readonly TimeSpan SignalledFor = TimeSpan.FromSeconds(15);

    private async Task EndAsync()
    {
        if (_move is not { } move)
        {
            Finish(ExitReport.NeverStarted, rests: true);
            return;
        }

        await move.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_exited.Task.IsCompleted)
        {
            return;
        }

        // If the instance is disposed before the stop has succeeded, it is stopped in the background, or when the engine is back.
        _abandoned = true;
        await CatchUpToEndAsync();
        await _context.Containers.StopAsync(_container.Id, _context.GraceOf(_container, _somebodyWaits.Task), _context.Work.Lifetime);
        var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
        await LiftAsync(state is not null);
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
            if (TryEnd())
            {
                // So that it is not mistaken for somebody else's start if it still runs when the engine is back.
                _context.Pool.Doom(_container);
            }
        }
    }

    /// <summary>Ends the instance because its run has ended by itself, as far as this gateway knows.</summary>
    /// <param name="seen">The number of moves that had begun when the end was seen.</param>
    private void End(InstanceExit exit, bool rests, int seen)
    {
        lock (_lock)
        {
            if (IsStopping || _ended || HasMovedSince(seen))
            {
                return;
            }

            Finish(WasSignalled ? exit with { ByOthers = true } : exit, rests);
        }

        // The container may have been started again already, and the event of that start may have been taken for one of this run.
        _context.Look(_container.Id);
    }

    // An engine reports a signal before it reports the end. A signal that came long before had another purpose.
    private bool WasSignalled => _signalled != 0 && _context.Time.GetElapsedTime(_signalled) < SignalledFor;

    /// <summary>Ends the instance. The container rests before the end is made known, so that a caller that then asks for an instance finds it.</summary>
    private void Finish(InstanceExit exit, bool rests)
    {
        if (!TryEnd())
        {
            return;
        }

        if (rests)
        {
            _context.Return(_container, exit.ByOthers);
        }
        else
        {
            _context.Pool.Release(_container);
        }

        _exited.TrySetResult(exit);
    }

    /// <summary>
    /// Ends an instance whose container is the function's no more, since another one has its name. If this gateway has started the container it stops it, because nobody else
    /// would: who renames it to make it anew takes it for stopped.
    /// </summary>
    public void Disown()
    {
        var isStarted = Volatile.Read(ref _asked) != 0;
        Finish(ExitReport.Renamed, rests: false);
        if (isStarted)
        {
            _context.Work.Run("stopping a container that has lost its name", StopDisownedAsync);
        }
    }

    private async Task StopDisownedAsync(CancellationToken cancellationToken)
    {
        await (_move ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CatchUpToEndAsync();
        await _context.Containers.StopAsync(_container.Id, _context.GraceOf(_container, _somebodyWaits.Task), cancellationToken);
    }

    /// <summary>Gives the container up to the next gateway, which finds it in the state that the engine reports. So the engine is made to follow first.</summary>
    private async Task LeaveAsync()
    {
        try
        {
            await (_isAhead ? FollowAsync() : Task.CompletedTask).WaitAsync(LeaveLimit);
        }
        catch (Exception exception) when (exception is RuntimeException or TimeoutException or OperationCanceledException)
        {
            EngineLog.WorkFailed(_context.Logger, EngineFollows, exception.Message);
        }

        LetGo();
    }

    /// <summary>Gives the container up, whatever its state is.</summary>
    private void LetGo()
    {
        if (TryEnd())
        {
            _context.Pool.Release(_container);
        }
    }

    /// <summary>Marks the instance as ended. Returns false if it already was.</summary>
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

        ForgetWord();
        StopWaiting();
        _context.Live.TryRemove(new(_container.Id, this));
        return true;
    }
}
