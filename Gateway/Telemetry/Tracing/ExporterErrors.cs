using System.Diagnostics.Tracing;

namespace Gateway.Telemetry.Tracing;

/// <summary>Hears from the exporter, which tells only its own event source, that the collector takes nothing, and logs that: the first failure at once, then how many followed.</summary>
internal sealed class ExporterErrors : EventListener
{
    private const string Source = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private readonly CollectorAddress _endpoint;
    private readonly ILogger _logger;
    private readonly RepeatedLines<string> _lines;

    public ExporterErrors(Uri endpoint, TimeProvider time, ILogger logger)
    {
        (_endpoint, _logger) = (new CollectorAddress(endpoint), logger);
        _lines = new RepeatedLines<string>(time, 1, (_, more, _) => TelemetryLog.MoreTracesLost(logger, _endpoint, more));
        // The base class has told of sources that existed before, when the fields were not set.
        foreach (var source in EventSource.GetSources())
        {
            OnEventSourceCreated(source);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _lines.Dispose();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
        {
            EnableEvents(eventSource, EventLevel.Error);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_lines?.IsFirst(Source, Source) == true)
        {
            var details = string.Join(' ', eventData.Payload ?? (IEnumerable<object?>)[]);
            // How much of the address is in it is up to the exporter.
            TelemetryLog.TracesLost(_logger, _endpoint, _endpoint.Redact(details.Split('\n')[0]));
        }
    }
}
