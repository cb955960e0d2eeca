using Prometheus;

namespace Gateway.Signals;

/// <summary>Exports how well the next request of a client on a shared address is predicted by its last one.</summary>
internal sealed class ReturningMetrics
{
    private readonly Counter _outcomes;
    private readonly long[] _counts = new long[Enum.GetValues<PredictionOutcome>().Length];

    public ReturningMetrics(CollectorRegistry registry)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        _outcomes = factory.CreateCounter("gateway_returning_clients_total", "Connections to shared addresses that asked for something, by what had been foretold.", ["outcome"]);
        var precision = factory.CreateGauge("gateway_returning_clients_precision", "Share of right ones among the predictions that the kernel acts on.");
        var recall = factory.CreateGauge("gateway_returning_clients_recall", "Share of connections that were foretold rightly, of all.");
        registry.AddBeforeCollectCallback(() =>
        {
            precision.Set(Share(Read(PredictionOutcome.Right), Read(PredictionOutcome.Right) + Read(PredictionOutcome.Wrong)));
            recall.Set(Share(Read(PredictionOutcome.Right), Enum.GetValues<PredictionOutcome>().Sum(Read)));
        });
    }

    /// <summary>Counts one connection.</summary>
    public void Count(PredictionOutcome outcome)
    {
        Interlocked.Increment(ref _counts[(int)outcome]);
        _outcomes.WithLabels(outcome.ToString()).Inc();
    }

    private long Read(PredictionOutcome outcome) => Interlocked.Read(ref _counts[(int)outcome]);

    // Without predictions none was wrong.
    private static double Share(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
}
