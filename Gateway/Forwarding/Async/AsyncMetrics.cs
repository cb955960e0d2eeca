using Prometheus;

namespace Gateway.Forwarding.Async;

/// <summary>What becomes of a request whose client does not wait.</summary>
internal enum AsyncOutcome
{
    /// <summary>It is kept.</summary>
    Accepted,

    /// <summary>There was no room for it.</summary>
    Refused,

    /// <summary>The function's answer is kept.</summary>
    Answered,

    /// <summary>The function gave no good answer, however often or long it was tried.</summary>
    Failed,

    /// <summary>Its client gave it up.</summary>
    Forgotten,
}

/// <summary>Counts kept requests. The names of functions are the configuration's.</summary>
internal sealed class AsyncMetrics
{
    private readonly Counter _requests;
    private readonly Counter _callbacks;
    private readonly Gauge _kept;

    public AsyncMetrics(CollectorRegistry registry)
    {
        var metrics = Metrics.WithCustomRegistry(registry);
        _requests = metrics.CreateCounter("gateway_async_requests_total", "Requests whose clients do not wait, by what became of them.", ["function", "outcome"]);
        _callbacks = metrics.CreateCounter("gateway_async_callbacks_total", "Answers that were to be posted to an address, by whether they were taken.", ["function", "outcome"]);
        _kept = metrics.CreateGauge("gateway_async_kept", "Requests that wait for their function's answer, and answers that are kept.", ["function", "state"]);
    }

    public void Count(string function, AsyncOutcome outcome) => _requests.WithLabels(function, outcome.ToString()).Inc();

    public void CountCallback(string function, bool isTaken) => _callbacks.WithLabels(function, isTaken ? "Delivered" : "Failed").Inc();

    /// <summary>Counts a request that is there, or no longer there, in a state.</summary>
    public void Change(string function, bool isDone, int by) => _kept.WithLabels(function, isDone ? "Done" : "Waiting").Inc(by);

    /// <summary>Makes the series of a function, so that they begin at zero.</summary>
    public void Know(string function)
    {
        foreach (var outcome in Enum.GetValues<AsyncOutcome>())
        {
            _requests.WithLabels(function, outcome.ToString());
        }

        foreach (var state in (string[])["Waiting", "Done"])
        {
            _kept.WithLabels(function, state);
        }
    }
}
