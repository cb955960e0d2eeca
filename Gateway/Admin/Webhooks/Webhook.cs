using Gateway.Configuration.Webhooks;
using Gateway.Telemetry;

namespace Gateway.Admin.Webhooks;

/// <summary>One receiver: what waits for it, and what is on its way to it.</summary>
internal sealed class Webhook(WebhookOptions options, WebhookMetrics metrics, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long the end of the gateway, or of a hook, waits for events that are on their way.</summary>
    public static readonly TimeSpan LastSend = TimeSpan.FromSeconds(2);

    /// <summary>How many events wait for a receiver at most.</summary>
    public const int MostWaiting = 1000;

    /// <summary>How many events are sent side by side.</summary>
    public const int AtOnce = 4;

    private readonly WebhookQueue _queue = new(MostWaiting);
    private readonly WebhookClient _client = new(options, time);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEnding;
    private int _isFailing;
    private int _isDropping;

    public WebhookOptions Options => options;

    /// <summary>Adds an event. Nobody waits for it to be sent.</summary>
    public void Add(WebhookMessage message)
    {
        if (_queue.Add(message) is { } dropped)
        {
            metrics.Count(options.Name, WebhookOutcome.Dropped);
            if (!ReferenceEquals(dropped, message) && Interlocked.Exchange(ref _isDropping, 1) == 0)
            {
                AdminLog.WebhookDropping(logger, options.Name, MostWaiting);
            }
        }

        Pump();
    }

    /// <summary>Takes no more events, waits a while for those that are there (<see cref="LastSend"/>), and drops the others.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        _isEnding = true;
        Pump();
        await _idle.Task.WaitAsync(LastSend, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        metrics.Count(options.Name, WebhookOutcome.Dropped, _queue.Clear());
        // What is on its way ends now, and counts itself.
        await _stop.CancelAsync();
        Pump();
        await _idle.Task;
        _client.Dispose();
        _stop.Dispose();
    }

    private void Pump()
    {
        while (!_stop.IsCancellationRequested && _queue.Take(AtOnce) is { } message)
        {
            _ = Task.Run(() => DeliverAsync(message));
        }

        if (_isEnding && _queue.IsEmpty)
        {
            _idle.TrySetResult();
        }
    }

    private async Task DeliverAsync(WebhookMessage message)
    {
        var outcome = WebhookOutcome.Dropped;
        try
        {
            await _client.SendAsync(message, _stop.Token);
            outcome = WebhookOutcome.Delivered;
            if (Interlocked.Exchange(ref _isFailing, 0) != 0)
            {
                AdminLog.WebhookTakenAgain(logger, options.Name);
            }
        }
        catch (PostException gone) when (gone.IsGone)
        {
            _queue.Close();
            metrics.Count(options.Name, WebhookOutcome.Dropped, _queue.Clear());
            AdminLog.WebhookGone(logger, options.Name);
        }
        catch (OperationCanceledException)
        {
            // The hook or the gateway ends.
        }
        catch (Exception error)
        {
            outcome = WebhookOutcome.Failed;
            if (Interlocked.Exchange(ref _isFailing, 1) == 0)
            {
                AdminLog.WebhookFailed(logger, options.Name, message.Type, message.Subject, options.Attempts, error is PostException ? error.Message : $"it cannot be sent ({error.GetType().Name})");
            }
        }
        finally
        {
            metrics.Count(options.Name, outcome);
            _queue.Done(message);
            if (_queue.IsEmpty)
            {
                _isDropping = 0;
            }

            Pump();
        }
    }
}
