using Gateway.Configuration;
using Prometheus;

namespace Gateway.Telemetry;

/// <summary>Exports what became of changes of the configuration.</summary>
internal static class ConfigurationMetrics
{
    /// <param name="registry">The registry of the metrics.</param>
    /// <param name="monitor">Reports each reading. The first one, which succeeded, counts as a success of now.</param>
    /// <param name="time">The clock.</param>
    public static void Register(CollectorRegistry registry, ConfigurationMonitor monitor, TimeProvider time)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        var reloads = factory.CreateCounter("gateway_config_reloads_total", "Readings of a changed configuration, by what became of them.", ["outcome"]);
        var success = factory.CreateGauge("gateway_config_last_success_timestamp_seconds", "When the configuration was last read and found good, in seconds since 1970.");
        // Every series exists from the start, so that the first rejection is an increase.
        foreach (var outcome in Enum.GetNames<ReloadOutcome>())
        {
            reloads.WithLabels(outcome);
        }

        Succeeded();
        monitor.Reloaded += outcome =>
        {
            reloads.WithLabels(outcome.ToString()).Inc();
            if (outcome is ReloadOutcome.Applied or ReloadOutcome.Unchanged)
            {
                Succeeded();
            }
        };

        void Succeeded() => success.Set(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
    }
}
