using Prometheus;

namespace Gateway.Admin.Webhooks;

/// <summary>What becomes of an event for a receiver.</summary>
internal enum WebhookOutcome
{
    /// <summary>The receiver has taken it.</summary>
    Delivered,

    /// <summary>The receiver has not taken it, however often it was sent.</summary>
    Failed,

    /// <summary>It was not sent, or not to the end: too many waited, the receiver wants none, or its hook or the gateway ended.</summary>
    Dropped,
}

/// <summary>Counts what becomes of events. The names of hooks are the configuration's.</summary>
internal sealed class WebhookMetrics(CollectorRegistry registry)
{
    private readonly Counter _deliveries = Metrics.WithCustomRegistry(registry).CreateCounter(
        "gateway_webhook_deliveries_total", "Events for webhooks, by what became of them.", ["hook", "outcome"]);

    /// <summary>Counts events.</summary>
    public void Count(string hook, WebhookOutcome outcome, int count = 1) => _deliveries.WithLabels(hook, outcome.ToString()).Inc(count);

    /// <summary>Makes the series of a hook, so that they begin at zero.</summary>
    public void Know(string hook)
    {
        foreach (var outcome in Enum.GetValues<WebhookOutcome>())
        {
            _deliveries.WithLabels(hook, outcome.ToString());
        }
    }

    /// <summary>Drops the series of a hook.</summary>
    public void Forget(string hook)
    {
        foreach (var outcome in Enum.GetValues<WebhookOutcome>())
        {
            _deliveries.RemoveLabelled(hook, outcome.ToString());
        }
    }
}
