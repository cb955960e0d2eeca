using System.Diagnostics.Metrics;
using Prometheus;

namespace Gateway.Listening;

/// <summary>Exports TLS handshakes, those with the admin endpoint too, of which Kestrel tells by its own instrument (<c>kestrel.tls_handshake.duration</c>).</summary>
internal sealed class TlsMetrics : IDisposable
{
    private const string Instrument = "kestrel.tls_handshake.duration";

    // A handshake is a round trip of the client's and about a millisecond of work.
    private static readonly double[] s_buckets = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    private readonly MeterListener _listener = new();
    private readonly IWarmUpGate _warmUp;
    private readonly Counter _handshakes;
    private readonly Histogram _durations;

    /// <param name="registry">Where they are exported.</param>
    /// <param name="meters">The meters of this gateway; a process may have more than one.</param>
    /// <param name="warmUp">Says when handshakes are no longer the warm-up's.</param>
    public TlsMetrics(CollectorRegistry registry, IMeterFactory meters, IWarmUpGate warmUp)
    {
        _warmUp = warmUp;
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        _handshakes = factory.CreateCounter("gateway_tls_handshakes_total", "TLS handshakes, by the protocol that was agreed on and how they ended.", ["protocol", "outcome"]);
        _durations = factory.CreateHistogram("gateway_tls_handshake_duration_seconds", "Time of TLS handshakes that succeeded.", new HistogramConfiguration { Buckets = s_buckets });
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == Instrument && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => Ended(seconds, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    private void Ended(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_warmUp.Done)
        {
            return;
        }

        var (protocol, hasFailed) = ("none", false);
        foreach (var (key, value) in tags)
        {
            hasFailed |= key == "error.type";
            protocol = key == "tls.protocol.version" ? $"TLS {value}" : protocol;
        }

        _handshakes.WithLabels(protocol, hasFailed ? "Failed" : "Completed").Inc();
        if (!hasFailed)
        {
            _durations.Observe(seconds);
        }
    }
}
