using System.Diagnostics;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>What the instance does with the engine: the run's beginning and its end.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>An engine that hangs does not keep the gateway from ending.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a program may take for its end after somebody asked for it: the engines' own grace, and some.</summary>
    private static readonly TimeSpan SignalledFor = TimeSpan.FromSeconds(15);

    /// <summary>One move after the other; a move that was begun goes on when its caller no longer waits.</summary>
    private async Task MoveAsync(Func<Task> move, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task moved;
        lock (_lock)
        {
            if (IsStopping || _ended)
            {
                throw new RuntimeException($"{EngineErrors.Path(_home.Function)}: instance {Id} has ended; ask for a new one");
            }

            _settled = false;
            _moves++;
            moved = _move = AfterAsync(_move ?? Task.CompletedTask, move);
        }

        await moved.WaitAsync(cancellationToken);
    }

    private async Task AfterAsync(Task before, Func<Task> move)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            await move();
        }
        finally
        {
            if (Settle())
            {
                // Not awaited: what it finds may take another move.
                _home.Work.Run("looking at a container", _ => CheckAsync());
            }
        }
    }

    private async Task RunAsync()
    {
        var begin = Stopwatch.GetTimestamp();
        ExpectHealth();
        if (_tier != Tier.Running)
        {
            // The event of this start tells.
            Volatile.Write(ref _began, 0);
            Volatile.Write(ref _asked, _home.Facts.Nanoseconds(_home.Time.GetUtcNow()));
        }

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

        _tier = Tier.Running;
        if (_home.Function.Scale.Max > 1)
        {
            _home.Work.Run("making the next container ahead", _home.Pool.RefillAsync);
        }
    }

    private async Task LimitAsync()
    {
        try
        {
            await _home.Engine.Dialect.ShareCpuAsync(_home.Engine, _container.Id, CpuShare.Of(_home.Function.Cpu), _home.Work.Lifetime);
            _limited = true;
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.Refused(_home.Function, "limit its container's processor time", exception);
        }
    }

    /// <summary>The next run is to start without the limit as well.</summary>
    private async Task LiftAsync(bool exists)
    {
        if (!_limited || !exists || !_home.Engine.Dialect.KeepsCpu)
        {
            _limited = false;
            return;
        }

        _limited = false;
        try
        {
            await _home.Engine.Dialect.ShareCpuAsync(_home.Engine, _container.Id, CpuShare.Unlimited, _home.Work.Lifetime);
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            EngineLog.WorkFailed(_home.Logger, "lifting a container's processor limit", exception.Message);
        }
    }

    private async Task StartContainerAsync()
    {
        if (await _home.TryStartAsync(_container))
        {
            return;
        }

        EngineLog.Replaced(_home.Logger, _home.Function.Name, _container.Id[..12]);
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
        if (found?.State is { Running: true } or { Paused: true })
        {
            _tier = found.State.Paused ? Tier.Paused : Tier.Running;
            Interlocked.CompareExchange(ref _began, EngineFacts.Nanoseconds(found.State.StartedAt), 0);
            Endpoint = _home.EndpointOf(found);
            return;
        }

        var exit = await ExitReport.EndedAsync(_home.Engine, _container.Id, found?.State, _startTook, cancellationToken);
        Finish(exit, rests: found is not null);
        throw new RuntimeException($"{EngineErrors.Path(_home.Function)}: its program did not stay: {exit.Reason}");
    }

    /// <summary>From here on events count. True: one came during the move, and is to be looked into now.</summary>
    private bool Settle()
    {
        lock (_lock)
        {
            _settled = _tier != Tier.Stopped;
            var hinted = _hinted && _settled;
            _hinted = false;
            return hinted;
        }
    }

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
        await _home.Containers.StopAsync(_container.Id, _home.GraceOf(_container, _somebodyWaits.Task), _home.Work.Lifetime);
        var state = (await _home.Containers.InspectAsync(_container.Id, _home.Work.Lifetime))?.State;
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
                _home.Pool.Doom(_container);
            }
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

            _hinted |= !_settled;
            if (_settled)
            {
                _home.Work.Run("looking at a container", _ => CheckAsync());
            }

            return true;
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
        _home.Look(_container.Id);
    }

    // An engine tells of the signal before it tells of the end. What came long before had another purpose.
    private bool WasSignalled => _signalled != 0 && _home.Time.GetElapsedTime(_signalled) < SignalledFor;

    // The engine notes the time of a start before it tells of it.
    private bool IsOfAnotherRun(State state) =>
        Volatile.Read(ref _began) is > 0 and var began && EngineFacts.Nanoseconds(state.StartedAt) > began;

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

    /// <summary>Minds the container no longer. The next gateway finds it as the engine tells it, so that is made true first.</summary>
    private async Task LeaveAsync()
    {
        try
        {
            await (_isAhead ? FollowAsync() : Task.CompletedTask).WaitAsync(LeaveLimit);
        }
        catch (Exception exception) when (exception is RuntimeException or TimeoutException or OperationCanceledException)
        {
            EngineLog.WorkFailed(_home.Logger, EngineFollows, exception.Message);
        }

        LetGo();
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
