using Docker.DotNet;

namespace Gateway.Runtimes.Engines;

/// <summary>Runs the health check of a container that has just started.</summary>
internal sealed partial class EngineInstance
{
    private static readonly TimeSpan FirstHealthPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between checks of a program that listens but is not healthy yet, which is Docker 25's start interval.</summary>
    private static readonly TimeSpan LongestHealthPause = TimeSpan.FromSeconds(5);

    private TaskCompletionSource _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _unhealthy;

    public string? Unhealthy => _unhealthy;

    /// <remarks>
    /// The engine's own first check comes an interval after the start, half a minute by default, and Podman's needs systemd to come at all. So
    /// the check is also run from here as soon as the program listens. The first check that passes counts.
    /// </remarks>
    public async Task HealthyAsync(CancellationToken cancellationToken)
    {
        if (_context.Spec.Health is not { } check)
        {
            return;
        }

        // The engine runs no command in the container before the start has returned.
        await _move!.WaitAsync(cancellationToken);
        _unhealthy = "it has not ended yet";
        var told = Volatile.Read(ref _healthy).Task;
        var longest = check.Interval < LongestHealthPause ? check.Interval : LongestHealthPause;
        for (var pause = FirstHealthPause; ; pause = pause * 2 < longest ? pause * 2 : longest)
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var passes = PassesAsync(check, done.Token);
            if (await Task.WhenAny(passes, told) == told || await passes)
            {
                await done.CancelAsync();
                await ((Task)passes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _unhealthy = null;
                return;
            }

            await Task.WhenAny(told, Task.Delay(pause, _context.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Notes that the engine's own check has passed.</summary>
    public void Healthy() => Volatile.Read(ref _healthy).TrySetResult();

    /// <summary>Resets the result, because a new run is not healthy before its own check has passed.</summary>
    private void ExpectHealth()
    {
        _unhealthy = null;
        Volatile.Write(ref _healthy, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private async Task<bool> PassesAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(check.Timeout);
        try
        {
            var (code, output) = await _context.Containers.ExecuteAsync(_container.Id, check.Command, limit.Token);
            _unhealthy = $"it ended with exit code {code}{(output.Length == 0 ? "" : $" and said: {output}")}";
            return code == 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _unhealthy = $"it did not end within {check.Timeout.TotalSeconds:0.###} s";
            return false;
        }
        catch (DockerApiException exception)
        {
            // If the program has ended, that is noticed elsewhere.
            _unhealthy = $"the engine would not run it: {EngineErrors.Message(exception)}";
            return false;
        }
    }
}
