using Prometheus;

namespace Gateway.Signals;

/// <summary>How well the next request of a client on a shared address is foretold by its last one.</summary>
internal sealed class ReturningMetrics
{
    private readonly Counter _foretold;
    private readonly long[] _counts = new long[Enum.GetValues<Foretold>().Length];

    public ReturningMetrics(CollectorRegistry registry)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        _foretold = factory.CreateCounter("gateway_returning_clients_total", "Connections to shared addresses that asked for something, by what had been foretold.", ["outcome"]);
        var precision = factory.CreateGauge("gateway_returning_clients_precision", "Share of right ones among the predictions that the kernel acts on.");
        var recall = factory.CreateGauge("gateway_returning_clients_recall", "Share of connections that were foretold rightly, of all.");
        registry.AddBeforeCollectCallback(() =>
        {
            precision.Set(Share(Read(Foretold.Right), Read(Foretold.Right) + Read(Foretold.Wrong)));
            recall.Set(Share(Read(Foretold.Right), Enum.GetValues<Foretold>().Sum(Read)));
        });
    }

    public void Count(Foretold outcome)
    {
        Interlocked.Increment(ref _counts[(int)outcome]);
        _foretold.WithLabels(outcome.ToString()).Inc();
    }

    private long Read(Foretold outcome) => Interlocked.Read(ref _counts[(int)outcome]);

    // Nothing foretold is nothing wrong.
    private static double Share(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
}
