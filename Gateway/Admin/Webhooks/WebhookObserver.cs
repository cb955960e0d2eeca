using System.Collections.Immutable;
using Gateway.Activation;
using Gateway.Configuration.Webhooks;
using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Admin.Webhooks;

/// <summary>Tells those whom the configuration names (<c>Gateway:Webhooks</c>) when functions wake, are ready, rest and fail.</summary>
internal sealed class WebhookObserver(string gateway, WebhookMetrics metrics, TimeProvider time, ILogger<WebhookObserver> logger) : IFunctionObserver, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private ImmutableArray<Webhook> _hooks = [];
    private ImmutableList<Task> _ending = [];
    private bool _isDisposed;

    /// <summary>Takes what the configuration says. Hooks that have not changed go on; of the others, what is on its way still comes in a while.</summary>
    public void Update(IReadOnlyList<WebhookOptions> options)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            var before = _hooks;
            _hooks = [.. options.Select(wanted => before.FirstOrDefault(hook => hook.Options == wanted) ?? Make(wanted))];
            foreach (var gone in before.Except(_hooks))
            {
                _ending = _ending.RemoveAll(static task => task.IsCompleted).Add(EndAsync(gone));
            }
        }
    }

    public void OnNews(Function function, FunctionNews news)
    {
        var hooks = _hooks;
        if (hooks.IsEmpty)
        {
            return;
        }

        WebhookMessage? message = null;
        foreach (var hook in hooks)
        {
            if (hook.Options.Wants(news.Turn, function.Name))
            {
                hook.Add(message ??= MessageOf(function, news));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] ending;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            ending = [.. _ending, .. _hooks.Select(static hook => hook.DisposeAsync().AsTask())];
            _hooks = [];
        }

        await Task.WhenAll(ending);
    }

    private Webhook Make(WebhookOptions options)
    {
        metrics.Know(options.Name);
        return new Webhook(options, metrics, time, logger);
    }

    private async Task EndAsync(Webhook hook)
    {
        await hook.DisposeAsync();
        lock (_gate)
        {
            if (!_hooks.Any(other => other.Options.Name == hook.Options.Name))
            {
                metrics.Forget(hook.Options.Name);
            }
        }
    }

    private WebhookMessage MessageOf(Function function, FunctionNews news)
    {
        var now = time.GetUtcNow();
        var cold = news.Turn switch
        {
            FunctionTurn.Wake => function.PendingColdStart,
            FunctionTurn.Ready => function.Running is [.., var last] ? last.ColdStart : null,
            _ => null,
        };
        return new WebhookMessage(
            $"msg_{Guid.CreateVersion7(now):N}",
            $"/headstart/{Uri.EscapeDataString(gateway)}",
            $"headstart.function.{news.Turn.ToString().ToLowerInvariant()}",
            function.Name,
            ColdStartView.Text(now),
            new WebhookData(
                gateway,
                function.Name,
                news.State.ToString(),
                cold?.Instance is { Length: > 0 } instance ? instance : null,
                cold?.Signal.Kind.ToString(),
                cold?.Tier.ToString(),
                news.Turn == FunctionTurn.Ready && cold?.TimeToReady is { } took ? (long)took.TotalMicroseconds : null,
                news.Failure));
    }
}
