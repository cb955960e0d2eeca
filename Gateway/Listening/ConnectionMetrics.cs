using Prometheus;

namespace Gateway.Listening;

/// <summary>Exports how many connections are open, and how many were closed or refused because there were too many.</summary>
internal sealed class ConnectionMetrics
{
    private readonly CollectorRegistry _registry;
    private readonly Gauge _open;
    private readonly Gauge _limit;
    private readonly Counter.Child _accepted;
    private readonly Counter.Child[] _closed;
    private readonly Counter.Child[] _refused;

    public ConnectionMetrics(CollectorRegistry registry)
    {
        _registry = registry;
        var factory = Metrics.WithCustomRegistry(registry);
        _open = factory.CreateGauge("gateway_connections", "Open connections: of clients, and to the admin endpoint.", ["kind"]);
        _limit = factory.CreateGauge("gateway_connection_limit", "The largest number of open connections of clients.");
        _accepted = factory.CreateCounter("gateway_connections_accepted_total", "Connections of clients that were accepted.").WithLabels();
        _closed = Of(factory.CreateCounter("gateway_connections_closed_total", "Idle connections that were closed for new ones, by which limit was reached.", ["cause"]));
        _refused = Of(factory.CreateCounter("gateway_connections_refused_total", "Connections that were refused because no idle one could be closed for them, by which limit was reached.", ["cause"]));
    }

    public void Accepted() => _accepted.Inc();

    public void Closed(ConnectionCause cause) => _closed[(int)cause].Inc();

    public void Refused(ConnectionCause cause) => _refused[(int)cause].Inc();

    /// <summary>Has the numbers read for each scrape.</summary>
    public void Observe(Func<(int Clients, int Admin, int Limit)> read) => _registry.AddBeforeCollectCallback(() =>
    {
        var (clients, admin, limit) = read();
        _open.WithLabels("client").Set(clients);
        _open.WithLabels("admin").Set(admin);
        _limit.Set(limit);
    });

    private static Counter.Child[] Of(Counter counter) => [.. Enum.GetValues<ConnectionCause>().Select(cause => counter.WithLabels(cause.ToString()))];
}
