using System.Diagnostics;
using Gateway.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Telemetry.Tracing;

/// <summary>Sends traces to a collector, if the configuration names one. What it has not sent is sent when it is disposed, within <see cref="LastSend"/>.</summary>
internal sealed class TraceExporter : IDisposable
{
    /// <summary>How long the end of the gateway waits for a collector.</summary>
    private static readonly TimeSpan LastSend = TimeSpan.FromSeconds(2);

    private readonly ColdStartSpans _spans = new();
    private readonly IDisposable? _coldStarts;
    private readonly ExporterErrors? _errors;
    private readonly TracerProvider? _provider;
    private bool _isDisposed;

    /// <param name="options">Where to.</param>
    /// <param name="gateway">The gateway's name.</param>
    /// <param name="coldStarts">Tells of cold starts.</param>
    /// <param name="requests">The source of this gateway's requests.</param>
    /// <param name="isTraced">Whether a request may be a span: those of the admin endpoint may not.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told when the collector takes nothing.</param>
    public TraceExporter(TracingOptions options, string gateway, ColdStartLog coldStarts, ActivitySource requests, Func<HttpContext, bool> isTraced, TimeProvider time, ILogger<TraceExporter> logger)
    {
        if (options.Endpoint is not { } endpoint)
        {
            return;
        }

        _errors = new ExporterErrors(endpoint, time, logger);
        var builder = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("headstart", serviceVersion: BuildMetrics.Version, autoGenerateServiceInstanceId: false, serviceInstanceId: gateway))
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Sample)))
            .AddSource(ColdStartSpans.SourceName);
        if (options.Requests)
        {
            builder.AddAspNetCoreInstrumentation(instrumentation => instrumentation.Filter = isTraced);
        }

        var exporter = new OtlpTraceExporter(new OtlpExporterOptions
        {
            Protocol = options.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,
            // OTLP/HTTP, "OTLP/HTTP Request": the default path of traces.
            Endpoint = options.Protocol == OtlpProtocol.HttpProtobuf && endpoint.AbsolutePath == "/" ? new Uri(endpoint, "v1/traces") : endpoint,
            Headers = string.Join(',', options.Headers.Select(header => $"{header.Key}={Uri.EscapeDataString(header.Value)}")),
        });
        // An operator reads a trace soon after it was made.
        _provider = builder.AddProcessor(new OwnSpans(new BatchActivityExportProcessor(exporter, scheduledDelayMilliseconds: 1000), _spans.Source, requests)).Build();
        _coldStarts = coldStarts.Observe(_spans.Add);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        if (_provider is not null)
        {
            _coldStarts!.Dispose();
            _provider.Shutdown((int)LastSend.TotalMilliseconds);
            _provider.Dispose();
            _errors!.Dispose();
        }

        _spans.Dispose();
    }
}
