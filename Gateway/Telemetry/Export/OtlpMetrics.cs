using System.Globalization;
using System.Text.Json;
using Prometheus;

namespace Gateway.Telemetry.Export;

/// <summary>
/// Makes requests of OTLP's metrics service out of what a scrape gets: ExportMetricsServiceRequest of opentelemetry-proto, in the JSON mapping that
/// the OTLP specification gives ("OTLP/HTTP", "JSON Protobuf Encoding"): names in lowerCamelCase, 64-bit integers as strings, enums as numbers.
/// </summary>
/// <param name="registry">The registry that is scraped.</param>
/// <param name="gateway">The gateway's name.</param>
/// <param name="time">The clock.</param>
internal sealed class OtlpMetrics(CollectorRegistry registry, string gateway, TimeProvider time)
{
    /// <summary>AGGREGATION_TEMPORALITY_CUMULATIVE of metrics.proto.</summary>
    private const int Cumulative = 2;

    private readonly SeriesStarts _starts = new(time.GetUtcNow());

    /// <summary>Collects all metrics once. One call at a time.</summary>
    /// <returns>A task that returns the body of a request.</returns>
    public async Task<byte[]> CollectAsync(CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, cancellationToken);
        var now = time.GetUtcNow();
        text.Position = 0;
        var families = await PrometheusText.ReadAsync(text);
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            Write(json, families, now);
        }

        _starts.End(now);
        return body.ToArray();
    }

    private void Write(Utf8JsonWriter json, IReadOnlyList<MetricFamily> families, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteStartArray("resourceMetrics");
        json.WriteStartObject();
        json.WriteStartObject("resource");
        // The same resource as that of traces.
        WriteAttributes(json, [new("service.name", "headstart"), new("service.instance.id", gateway), new("service.version", BuildMetrics.Version)]);
        json.WriteEndObject();
        json.WriteStartArray("scopeMetrics");
        json.WriteStartObject();
        json.WriteStartObject("scope");
        json.WriteString("name", "Headstart");
        json.WriteString("version", BuildMetrics.Version);
        json.WriteEndObject();
        json.WriteStartArray("metrics");
        foreach (var family in families)
        {
            Write(json, family, now);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, MetricFamily family, DateTimeOffset now)
    {
        json.WriteStartObject();
        // Names stay those of the scrape, so that one dashboard serves both ways. The unit is part of them.
        json.WriteString("name", family.Name);
        json.WriteString("description", family.Help);
        json.WriteStartObject(family.Kind switch { MetricKind.Counter => "sum", MetricKind.Histogram => "histogram", _ => "gauge" });
        json.WriteStartArray("dataPoints");
        foreach (var series in family.Series)
        {
            json.WriteStartObject();
            WriteAttributes(json, series.Labels);
            if (family.Kind != MetricKind.Gauge)
            {
                json.WriteString("startTimeUnixNano", Nanoseconds(_starts.Of(family.Name, series.Key, family.Kind == MetricKind.Histogram ? series.Count : series.Value)));
            }

            json.WriteString("timeUnixNano", Nanoseconds(now));
            if (family.Kind == MetricKind.Histogram)
            {
                WriteHistogram(json, series);
            }
            else
            {
                WriteDouble(json, "asDouble", series.Value);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (family.Kind != MetricKind.Gauge)
        {
            json.WriteNumber("aggregationTemporality", Cumulative);
        }

        if (family.Kind == MetricKind.Counter)
        {
            json.WriteBoolean("isMonotonic", true);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteHistogram(Utf8JsonWriter json, MetricSeries series)
    {
        json.WriteString("count", Whole(series.Count));
        WriteDouble(json, "sum", series.Value);
        json.WriteStartArray("bucketCounts");
        var before = 0.0;
        foreach (var (_, count) in series.Buckets)
        {
            json.WriteStringValue(Whole(count - before));
            before = count;
        }

        json.WriteEndArray();
        json.WriteStartArray("explicitBounds");
        foreach (var (bound, _) in series.Buckets.Where(static bucket => double.IsFinite(bucket.Bound)))
        {
            json.WriteNumberValue(bound);
        }

        json.WriteEndArray();
    }

    private static void WriteAttributes(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        json.WriteStartArray("attributes");
        foreach (var (key, value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            json.WriteString("stringValue", value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // What JSON has no number for is a string in the mapping: NaN, Infinity, -Infinity.
    private static void WriteDouble(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static string Whole(double count) => ((ulong)count).ToString(CultureInfo.InvariantCulture);

    private static string Nanoseconds(DateTimeOffset at) => ((at - DateTimeOffset.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);
}
