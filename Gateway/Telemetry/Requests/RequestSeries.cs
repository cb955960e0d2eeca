using Prometheus;

namespace Gateway.Telemetry.Requests;

/// <summary>The metrics of requests.</summary>
internal sealed class RequestSeries
{
    // A warm request takes less than a millisecond, a cold one as long as its program's start, and a slow one up to its time limit.
    private static readonly double[] s_buckets = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30];

    public RequestSeries(CollectorRegistry registry)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        Ended = factory.CreateCounter("gateway_requests_total", "Requests that have ended, by method and status; 499 if the client left before an answer.", ["function", "method", "code"]);
        Durations = factory.CreateHistogram("gateway_request_duration_seconds", "Time from a request's headers to the end of its answer, without upgraded connections.", ["function"], new() { Buckets = s_buckets });
        InFlight = factory.CreateGauge("gateway_in_flight", "Requests that are being served or wait now.", ["function"]);
        RequestBytes = factory.CreateCounter("gateway_request_bytes_total", "Bytes that were sent to instances or destinations: requests with their heads, and what clients sent on upgraded connections.", ["function"]);
        ResponseBytes = factory.CreateCounter("gateway_response_bytes_total", "Bytes that came from instances or destinations: answers with their heads, and what upgraded connections brought.", ["function"]);
        Failures = factory.CreateCounter("gateway_upstream_failures_total", "Requests that their instance or destination did not answer well, by the forwarder's reason.", ["function", "reason"]);
        Connections = factory.CreateCounter("gateway_tcp_connections_total", "Connections whose bytes were passed on between a client and an instance.", ["function"]);
    }

    public Counter Ended { get; }

    public Histogram Durations { get; }

    public Gauge InFlight { get; }

    public Counter RequestBytes { get; }

    public Counter ResponseBytes { get; }

    public Counter Failures { get; }

    public Counter Connections { get; }
}
