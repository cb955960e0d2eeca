using System.Collections.Concurrent;
using Prometheus;

namespace Gateway.Telemetry.Requests;

/// <summary>
/// What clients asked for and what they got, by function. A cluster of the user's own counts under its own name, and what no route was found for under the empty one.
/// A request that ends when its function is gone is not counted, so that no series outlives its function.
/// </summary>
internal sealed class RequestMetrics
{
    /// <summary>The name of the requests for which no route was found.</summary>
    public const string NoRoute = "";

    private readonly ConcurrentDictionary<string, RequestMeter> _meters = new(StringComparer.Ordinal);
    private readonly RequestSeries _series;

    public RequestMetrics(CollectorRegistry registry)
    {
        _series = new RequestSeries(registry);
        Know(NoRoute);
        registry.AddBeforeCollectCallback(PublishBytes);
    }

    /// <summary>Returns what counts the requests of a name; null if nothing has it.</summary>
    public RequestMeter? Of(string name) => _meters.GetValueOrDefault(name);

    /// <summary>Makes a name known. Its series appear with its first request.</summary>
    public void Know(string name) => _meters.TryAdd(name, new RequestMeter(name, _series));

    /// <summary>Drops the series of a name.</summary>
    public void Forget(string name)
    {
        if (_meters.TryRemove(name, out var meter))
        {
            meter.Close();
        }
    }

    /// <summary>Has the numbers of requests in flight read for each scrape.</summary>
    public void ObserveInFlight(CollectorRegistry registry, Func<IEnumerable<(string Name, int Requests)>> read) => registry.AddBeforeCollectCallback(() =>
    {
        foreach (var (name, requests) in read())
        {
            Of(name)?.InFlight(requests);
        }
    });

    private void PublishBytes()
    {
        foreach (var (_, meter) in _meters)
        {
            meter.Bytes.Publish();
        }
    }
}
