using System.Diagnostics;
using Docker.DotNet;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Executes the instance's moves on the engine, one after the other, and begins the run.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>Executes a move after the one before. A move that has begun goes on when its caller no longer waits.</summary>
    private async Task MoveAsync(Func<Task> move, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task before;
        var turn = new TaskCompletionSource<Task>();
        var moved = turn.Task.Unwrap();
        lock (_lock)
        {
            if (IsStopping || _ended)
            {
                throw new RuntimeException($"{EngineErrors.Path(_context.Function)}: instance {Id} has ended; ask for a new one");
            }

            _countsEvents = false;
            _toldFrozen = null;
            _moves++;
            (before, _move) = (_move ?? Task.CompletedTask, moved);
        }

        // Outside the lock, and on the caller's thread if nothing is to be awaited: a program behind a gate is told to go without a change of threads.
        turn.SetResult(AfterAsync(before, move));
        await moved.WaitAsync(cancellationToken);
    }

    private async Task AfterAsync(Task before, Func<Task> move)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await move();
        }
        finally
        {
            if (EndMove())
            {
                // Not awaited, because the check may need another move.
                CheckSoon();
            }
        }
    }

    private async Task RunAsync()
    {
        var begin = Stopwatch.GetTimestamp();
        ExpectHealth();
        if (_tier != Tier.Running)
        {
            // The event of this start reports the time.
            Volatile.Write(ref _began, 0);
            Volatile.Write(ref _asked, _context.Facts.Nanoseconds(_context.Time.GetUtcNow()));
        }

        try
        {
            try
            {
                await StartContainerAsync(letsThrough: true);
            }
            catch (Exception exception) when (_context.WhyNoGate(_container, exception) is not null)
            {
                await LeaveGateAsync(_context.WhyNoGate(_container, exception)!);
                await StartContainerAsync(letsThrough: true);
            }

            _startTook = Stopwatch.GetElapsedTime(begin);
        }
        catch (DockerApiException exception)
        {
            var refused = EngineErrors.Refused(_context.Function, "start its container", exception);
            Finish(new InstanceExit(null, refused.Message), rests: false);
            _context.Pool.Discard(_container, _context.Work);
            throw refused;
        }

        _endpoint = await _context.KeptEndpointAsync(_container, _context.Work.Lifetime) ?? _endpoint;
        if (_endpoint is null)
        {
            await FindEndpointAsync(_context.Work.Lifetime);
        }

        _tier = Tier.Running;
        MakeNextAhead();
    }

    private void MakeNextAhead()
    {
        if (_context.Function.Scale.Max > 1)
        {
            _context.Work.Run("making the next container ahead", _context.Pool.RefillAsync);
        }
    }

    private async Task LimitAsync()
    {
        try
        {
            await _context.Engine.Dialect.ShareCpuAsync(_context.Engine, _container.Id, CpuShare.Of(_context.Spec.Run.Cpu), _context.Work.Lifetime);
            _limited = true;
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.Refused(_context.Function, "limit its container's processor time", exception);
        }
    }

    /// <summary>Removes the limit, because the next run has to start without it as well.</summary>
    private async Task LiftAsync(bool exists)
    {
        if (!_limited || !exists || !_context.Engine.Dialect.KeepsCpu)
        {
            _limited = false;
            return;
        }

        _limited = false;
        try
        {
            await _context.Engine.Dialect.ShareCpuAsync(_context.Engine, _container.Id, CpuShare.Unlimited, _context.Work.Lifetime);
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            EngineLog.WorkFailed(_context.Logger, "lifting a container's processor limit", exception.Message);
        }
    }

    private async Task StartContainerAsync(bool letsThrough)
    {
        if (await TryStartAsync(letsThrough))
        {
            return;
        }

        if (_context.Spec.IsUsers)
        {
            // What has its place may listen elsewhere and stop otherwise, so it is for another instance.
            Finish(ExitReport.Gone, rests: false);
            throw EngineErrors.Vanished(_context.Function);
        }

        _context.Live.TryRemove(new(_container.Id, this));
        if (_container.Network is null)
        {
            EngineLog.Replaced(_context.Logger, _context.Function.Name, _container.Id[..12]);
        }
        else
        {
            // It may be there still, and only its network be gone.
            await _context.Containers.RemoveAsync(_container.Id, _context.Work.Lifetime);
        }

        Use(await _context.Pool.ReplaceAsync(_container, _context.Work.Lifetime));
        if (!await TryStartAsync(letsThrough))
        {
            Finish(ExitReport.Gone, rests: false);
            throw EngineErrors.Removed(_context.Function, _context.Engine.Endpoint);
        }
    }

    /// <summary>Reads the address, which the engine chooses when it starts the container.</summary>
    private async Task FindEndpointAsync(CancellationToken cancellationToken)
    {
        var found = await _context.Containers.InspectAsync(_container.Id, cancellationToken);
        if (found?.State is { } state && Lives(state))
        {
            _tier = state.Paused ? Tier.Paused : Tier.Running;
            Interlocked.CompareExchange(ref _began, EngineFacts.Nanoseconds(state.StartedAt), 0);
            _endpoint = await EndpointOfAsync(found, state, cancellationToken);
            return;
        }

        var exit = await ExitReport.EndedAsync(_context.Engine, _container.Id, found?.State, _startTook, cancellationToken);
        Finish(exit, rests: found is not null);
        throw new RuntimeException($"{EngineErrors.Path(_context.Function)}: its program did not stay: {exit.Reason}");
    }
}
