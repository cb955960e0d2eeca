using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Handles the tier <see cref="Tier.Initialized"/>: the launcher waits in the program's cgroup, as its user and with its limits, and has only to execute it.
/// It ends with its gateway, because the word would come from nobody else.
/// </summary>
internal sealed partial class ProcessInstance
{
    // A rest that is under way, for a stop that comes meanwhile.
    private Task? _rest;

    // The run that is ended to make room for one that waits. Its end is not the instance's.
    private ProgramRun? _emptied;
    private TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAtDoor;

    private Task BeginInitializeAsync()
    {
        lock (_gate)
        {
            ThrowIfOver();
            return _rest = InitializeAsync();
        }
    }

    /// <summary>Ends the program, if it runs, and starts the launcher again, which waits. If as many wait as may, the instance ends.</summary>
    private async Task InitializeAsync()
    {
        // Not below the lock of the caller.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var ran = _tier != Tier.Stopped;
        var ahead = _site.Ahead();
        if (!_site.Door.TryEnter(ahead))
        {
            var why = $"Idle:Ahead is {ahead}, and as many of its instances wait already";
            if (!ran)
            {
                throw new RuntimeException($"Gateway:Functions:{_function}: {why}");
            }

            ProcessLog.DoesNotWait(_logger, Id, why);
            await EndAsync();
            return;
        }

        Volatile.Write(ref _isAtDoor, true);
        try
        {
            if (ran)
            {
                await EmptyAsync();
            }

            ReturnPort();
            lock (_gate)
            {
                // A stop that came meanwhile waits for this rest, and has nothing to end then.
                if (_stop is not null)
                {
                    throw new RuntimeException($"instance {Id} has ended");
                }
            }

            Execute(waits: true);
            _tier = Tier.Initialized;
        }
        catch (Exception error)
        {
            LeaveDoor();
            if (ran && Pid == 0)
            {
                _exited.TrySetResult(new InstanceExit(null, error.Message));
            }

            throw;
        }
        finally
        {
            // There is nothing to wait for before the next gateway is told of it.
            Volatile.Read(ref _answers).TrySetResult();
        }
    }

    private async Task EmptyAsync()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ProgramRun program;
        lock (_gate)
        {
            ThrowIfOver();
            (program, _empty) = (_program!, ended);
            Volatile.Write(ref _emptied, program);
        }

        // It may have ended by itself a moment ago, which is then the instance's end.
        var over = Task.WhenAny(ended.Task, _exited.Task);
        await EndProgramAsync(over);
        await over;
        if (!ended.Task.IsCompleted)
        {
            throw new RuntimeException($"instance {Id} has ended");
        }

        // Another run has other outputs, and last words of its own.
        await _lines.LastWordsAsync(_time);
        await _lines.DisposeAsync();
        _lines = new ProgramLines(Id, _site.Output, _logger);
        program.Dispose();
        Volatile.Write(ref _program, null);
        _directory = _site.Groups.Make(Id);
        _joined = Limit();
    }

    /// <summary>Has the launcher that waits execute the program.</summary>
    private void LetThrough()
    {
        // What is executed now may be newer than what was there when it began to wait.
        Build = _site.Build();
        Volatile.Write(ref _answers, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var endpoint = Endpoint ??= TakePort();
        if (!_program!.TryLetThrough(endpoint.Port))
        {
            throw new RuntimeException($"Gateway:Functions:{_function}: {Id} no longer waits to execute its program; the next wake starts another.");
        }

        LeaveDoor();
    }

    // Below the lock.
    private void ThrowIfOver()
    {
        if (_isGiven)
        {
            throw new RuntimeException($"instance {Id} belongs to the next gateway");
        }

        if (_stop is not null || _exited.Task.IsCompleted)
        {
            throw new RuntimeException($"instance {Id} has ended");
        }
    }

    private void LeaveDoor()
    {
        if (Interlocked.Exchange(ref _isAtDoor, false))
        {
            _site.Door.Leave();
        }
    }

    private bool IsEmptied(ProgramRun program)
    {
        lock (_gate)
        {
            return ReferenceEquals(program, _emptied) && _empty.TrySetResult();
        }
    }
}
