using System.Diagnostics;
using Docker.DotNet;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>What the instance does with the engine: one move after the other, and the beginning of the run.</summary>
internal sealed partial class EngineInstance
{
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
            await _home.Engine.Dialect.ShareCpuAsync(_home.Engine, _container.Id, CpuShare.Of(_home.Spec.Run.Cpu), _home.Work.Lifetime);
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
}
