using System.Diagnostics;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;
using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines;

/// <summary>Handles the gate in the container, behind which the program waits to be executed: that is the tier <see cref="Tier.Initialized"/>.</summary>
internal sealed partial class EngineInstance
{
    /// <summary>The longest wait for the gate after the engine has started its container. To wait is the first that it does.</summary>
    private static readonly TimeSpan GateLimit = TimeSpan.FromSeconds(5);

    // Whether the gate has not been told to execute the program. It waits once in a run, so that it need not be asked whether it waits.
    private volatile bool _waits;

    // Whether this instance is counted among those that wait.
    private bool _isCounted;

    /// <summary>The exit code of a gate that cannot wait in its container, and could not at the next start either (program.h).</summary>
    private const int CannotWait = 126;

    // Holds the word for a gate that was told before it began.
    private IDisposable? _word;

    private Tier TierOf(State state) => state.Paused ? (_tier == Tier.PagedOut ? Tier.PagedOut : Tier.Paused) : _waits ? Tier.Initialized : Tier.Running;

    /// <summary>Finds out where an adopted container is: before its gate or past it.</summary>
    private async Task FindGateAsync(bool letsThrough, CancellationToken cancellationToken)
    {
        if (_container.Gate is null)
        {
            return;
        }

        if (letsThrough)
        {
            // It may have been started in this moment, so that the gate has yet to begin.
            _word = await _context.Gates!.TellAheadAsync(_container, _endpoint!, cancellationToken);
        }
        else if (await _context.Gates!.IsWaitingAsync(_container, cancellationToken))
        {
            _context.Places.Enter();
            _context.Pool.Door.Enter();
            (_isCounted, _waits) = (true, true);
            _tier = _tier == Tier.Running ? Tier.Initialized : _tier;
        }
    }

    /// <summary>Has the program executed in the sandbox that stands.</summary>
    private async Task LetThroughAsync()
    {
        ExpectHealth();
        await PassAsync();
        _tier = Tier.Running;
        MakeNextAhead();
    }

    /// <summary>Tells the gate to go. It is not an error if somebody else has done so.</summary>
    private async Task PassAsync()
    {
        if (!await _context.Gates!.TryTellAsync(_container, _endpoint!, _context.Work.Lifetime))
        {
            var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
            if (state is not ({ Running: true } or { Paused: true }))
            {
                var exit = await ExitReport.EndedAsync(_context.Engine, _container.Id, state, _startTook, _context.Work.Lifetime);
                Finish(exit, rests: state is not null);
                throw new RuntimeException($"{EngineErrors.Path(_context.Function)}: the gate of its container no longer waits: {exit.Reason}");
            }
        }

        StopWaiting();
    }

    /// <summary>
    /// Ends the program, and has the engine build the sandbox anew, in which the gate waits. A container that cannot wait is stopped instead, so that this
    /// instance ends.
    /// </summary>
    private async Task InitializeAsync()
    {
        var ran = _tier != Tier.Stopped;
        if (ran)
        {
            await EmptyAsync();
        }

        var why = _container.Gate is null ? _context.Spec.Gate.Missing ?? "its container was made without a gate"
            : IsOutdated ? "its container was made from another image or other options"
            : WhyFull();
        if (why is not null && ran)
        {
            EngineLog.DoesNotWait(_context.Logger, _context.Function.Name, why);
            await EndEmptyAsync();
            return;
        }

        try
        {
            await (why is null ? WaitAtGateAsync() : throw new RuntimeException($"{EngineErrors.Path(_context.Function)}: {why}"));
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            StopWaiting();
            var refusal = exception as DockerApiException;
            if ((_context.WhyNoGate(_container, exception) ?? await WhyGateEndedAsync()) is { } refused)
            {
                _context.RefuseGate(refused);
            }

            if (ran && !_exited.Task.IsCompleted)
            {
                await EndEmptyAsync();
            }

            throw refusal is not null ? EngineErrors.Refused(_context.Function, "start its container's gate", refusal) : exception;
        }
    }

    private async Task WaitAtGateAsync()
    {
        Volatile.Write(ref _began, 0);
        Volatile.Write(ref _asked, _context.Facts.Nanoseconds(_context.Time.GetUtcNow()));
        var begin = Stopwatch.GetTimestamp();
        await StartContainerAsync(letsThrough: false);
        _startTook = Stopwatch.GetElapsedTime(begin);
        // On a bridge each run may have another address.
        await FindEndpointAsync(_context.Work.Lifetime);
        if (_container.Gate is null || !await _context.Gates!.AwaitAsync(_container, GateLimit, _context.Work.Lifetime))
        {
            // If it has ended, this says how.
            await FindEndpointAsync(_context.Work.Lifetime);
            throw new RuntimeException($"{EngineErrors.Path(_context.Function)}: the gate of its container does not wait; look at the container's log");
        }

        (_waits, _tier) = (true, Tier.Initialized);
        if (IsOutdated)
        {
            // The image's name came to stand for another image just now.
            _context.Work.Run(Outdating, _ => OutdateAsync());
        }
    }

    /// <summary>Ends the program, whose sandbox the engine takes down.</summary>
    private async Task EmptyAsync()
    {
        await CatchUpToEndAsync();
        await _context.Containers.StopAsync(_container.Id, _context.GraceOf(_container, _somebodyWaits.Task), _context.Work.Lifetime);
        await LiftAsync(exists: true);
        ForgetWord();
        StopWaiting();
        _tier = Tier.Stopped;
    }

    /// <summary>Ends the instance, in whose container no program is wanted any more.</summary>
    private async Task EndEmptyAsync()
    {
        try
        {
            await _context.Containers.StopAsync(_container.Id, _context.GraceOf(_container, _somebodyWaits.Task), _context.Work.Lifetime);
            var state = (await _context.Containers.InspectAsync(_container.Id, _context.Work.Lifetime))?.State;
            Finish(ExitReport.Stopped(state), rests: state is not null);
        }
        catch (RuntimeException) when (TryEnd())
        {
            // The engine is away. What may run there is ended when it is back.
            _context.Pool.Doom(_container);
            _exited.TrySetResult(ExitReport.NeverStarted);
        }
    }

    /// <summary>Starts the container, with its gate told to let the program through or to wait. Returns false if the engine does not have the container.</summary>
    private async Task<bool> TryStartAsync(bool letsThrough)
    {
        ForgetWord();
        if (_container.Gate is not null)
        {
            _word = await _context.Gates!.PrepareAsync(_container, letsThrough, _context.Work.Lifetime);
        }

        return await _context.TryStartAsync(_container);
    }

    /// <summary>Takes a container without a gate, because this one cannot be started with its gate.</summary>
    /// <param name="why">One sentence without a full stop.</param>
    private async Task LeaveGateAsync(string why)
    {
        ForgetWord();
        _context.RefuseGate(why);
        var gated = _container;
        _context.Live.TryRemove(new(gated.Id, this));
        Use(await _context.Pool.ReplaceAsync(gated, _context.Work.Lifetime));
        _context.Work.Run("removing a container whose gate the engine does not start", token => _context.Containers.RemoveAsync(gated.Id, token));
    }

    /// <summary>Counts this container among those that wait, or says in one sentence without a full stop why no more may.</summary>
    private string? WhyFull()
    {
        var ahead = _context.Pool.Spec?.Function.Idle.Ahead;
        if (!_context.Pool.Door.TryEnter(ahead))
        {
            return $"Idle:Ahead is {ahead}, and as many of its instances wait already";
        }

        var most = _context.Facts.MostWaiting;
        if (!_context.Places.TryEnter(most))
        {
            _context.Pool.Door.Leave();
            return $"{most} containers wait already, which is what the memory of the engine's machine is for";
        }

        _isCounted = true;
        return null;
    }

    /// <summary>Returns why the gate has ended if it could not wait, in one sentence without a full stop, or null.</summary>
    private async ValueTask<string?> WhyGateEndedAsync() =>
        _exited.Task.IsCompleted && await _exited.Task is { ExitCode: CannotWait } exit ? $"the gate in its container {exit.Reason}" : null;

    private void StopWaiting()
    {
        _waits = false;
        if (Interlocked.Exchange(ref _isCounted, false))
        {
            _context.Places.Leave();
            _context.Pool.Door.Leave();
        }
    }

    private void ForgetWord() => Interlocked.Exchange(ref _word, null)?.Dispose();
}
