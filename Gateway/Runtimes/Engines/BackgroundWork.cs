using Docker.DotNet;

namespace Gateway.Runtimes.Engines;

/// <summary>Runs work that no caller waits for. The work is canceled with its owner, and its failures are logged.</summary>
internal sealed class BackgroundWork : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    public BackgroundWork(ILogger logger)
    {
        _logger = logger;
        Lifetime = _stop.Token;
    }

    /// <summary>Gets the token that is canceled when the owner is disposed.</summary>
    public CancellationToken Lifetime { get; }

    /// <summary>Starts work on the thread pool. It does nothing after the owner has been disposed.</summary>
    /// <param name="what">What is being done, for the log.</param>
    public void Run(string what, Func<CancellationToken, Task> work)
    {
        lock (_lock)
        {
            if (Lifetime.IsCancellationRequested)
            {
                return;
            }

            var task = Task.Run(() => GuardAsync(what, work));
            _running.Add(task);
            _ = task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            _stop.Cancel();
            running = [.. _running];
        }

        await Task.WhenAll(running);
        _stop.Dispose();
    }

    private async Task GuardAsync(string what, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(Lifetime);
        }
        catch (OperationCanceledException) when (Lifetime.IsCancellationRequested)
        {
        }
        catch (Exception exception) when (exception is RuntimeException or DockerApiException)
        {
            EngineLog.WorkFailed(_logger, what, exception.Message);
        }
    }

    private void Remove(Task task)
    {
        lock (_lock)
        {
            _running.Remove(task);
        }
    }
}
