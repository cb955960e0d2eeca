namespace Gateway.Runtimes.Engines;

/// <summary>The run's end: asked for, seen, given up or left to the next gateway.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>An engine that hangs does not keep the gateway from ending.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a program may take for its end after somebody asked for it: the engines' own grace, and some.</summary>
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

        // Until it has been: one that is disposed before is stopped in the background, or when the engine is back.
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
                // Whoever finds it running when the engine is back must not take it for somebody else's start.
                _context.Pool.Doom(_container);
            }
        }
    }

    /// <summary>It has ended by itself, as far as this gateway is concerned.</summary>
    /// <param name="seen">The moves that had begun when that was seen.</param>
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

        // An event of a start that came before this was taken for one of this run.
        _context.Look(_container.Id);
    }

    // An engine tells of the signal before it tells of the end. What came long before had another purpose.
    private bool WasSignalled => _signalled != 0 && _context.Time.GetElapsedTime(_signalled) < SignalledFor;

    /// <summary>The container rests before anyone hears of the end: whoever then asks for an instance finds it.</summary>
    private void Finish(InstanceExit exit, bool rests)
    {
        if (!TryEnd())
        {
            return;
        }

        if (rests)
        {
            _context.Return(_container);
        }
        else
        {
            _context.Pool.Release(_container);
        }

        _exited.TrySetResult(exit);
    }

    /// <summary>Minds the container no longer. The next gateway finds it as the engine tells it, so that is made true first.</summary>
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

    /// <summary>Minds the container no longer, whatever it does.</summary>
    private void LetGo()
    {
        if (TryEnd())
        {
            _context.Pool.Release(_container);
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

        _context.Live.TryRemove(new(_container.Id, this));
        return true;
    }
}
