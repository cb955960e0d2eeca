using Docker.DotNet;
using Gateway.Configuration.Labels;

namespace Gateway.Runtimes.Engines.Discovery;

/// <summary>
/// Follows which containers of an engine are functions by their labels. It looks when the engine tells that containers came, went or were renamed, and when its events
/// begin.
/// </summary>
internal sealed class ContainerDiscovery(LabelledContainers containers, BackgroundWork work, TimeProvider time) : IDisposable
{
    // The engine is there, and has refused; it does not tell when it would answer.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    private readonly ContainerRoster _roster = new(time);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ITimer? _timer;
    private bool _looks;

    /// <summary>Gets or sets what is told of the containers.</summary>
    public Action<IReadOnlyList<LabelledContainer>>? Discovered { get; set; }

    /// <summary>Looks in the background. One look covers all that happens before it begins.</summary>
    public void Look()
    {
        if (!Interlocked.Exchange(ref _looks, true))
        {
            work.Run("looking for containers that are functions by their labels", LookAsync);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _turn.Dispose();
    }

    private void LookAfter(TimeSpan wait)
    {
        _timer ??= time.CreateTimer(_ => Look(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Volatile.Write(ref _looks, false);
            Discovered?.Invoke(_roster.Update(await containers.FindAsync(cancellationToken)));
            if (_roster.NextEnd is { } next)
            {
                LookAfter(next);
            }
        }
        catch (DockerApiException)
        {
            LookAfter(Again);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }
}
