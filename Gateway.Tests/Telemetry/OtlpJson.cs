using System.Globalization;
using System.Text.Json;

namespace Gateway.Tests.Telemetry;

/// <summary>One value of a received export, by the name and labels that it would have in a scrape.</summary>
internal sealed record ExportedValue(string Name, string Labels, double Value);

/// <summary>
/// Reads the body of an ExportMetricsServiceRequest (opentelemetry-proto, metrics/v1) as strictly as the JSON mapping of OTLP allows: a field that the proto files do not
/// have, or another JSON type than the mapping gives it, is an error.
/// </summary>
internal sealed class OtlpJson
{
    private static readonly Dictionary<string, Dictionary<string, string>> s_messages = new(StringComparer.Ordinal)
    {
        ["Request"] = new(StringComparer.Ordinal) { ["resourceMetrics"] = "[ResourceMetrics" },
        ["ResourceMetrics"] = new(StringComparer.Ordinal) { ["resource"] = "Resource", ["scopeMetrics"] = "[ScopeMetrics", ["schemaUrl"] = "string" },
        ["Resource"] = new(StringComparer.Ordinal) { ["attributes"] = "[KeyValue", ["droppedAttributesCount"] = "uint32" },
        ["ScopeMetrics"] = new(StringComparer.Ordinal) { ["scope"] = "Scope", ["metrics"] = "[Metric", ["schemaUrl"] = "string" },
        ["Scope"] = new(StringComparer.Ordinal) { ["name"] = "string", ["version"] = "string", ["attributes"] = "[KeyValue", ["droppedAttributesCount"] = "uint32" },
        ["Metric"] = new(StringComparer.Ordinal) { ["name"] = "string", ["description"] = "string", ["unit"] = "string", ["gauge"] = "Gauge", ["sum"] = "Sum", ["histogram"] = "Histogram" },
        ["Gauge"] = new(StringComparer.Ordinal) { ["dataPoints"] = "[Number" },
        ["Sum"] = new(StringComparer.Ordinal) { ["dataPoints"] = "[Number", ["aggregationTemporality"] = "enum", ["isMonotonic"] = "bool" },
        ["Histogram"] = new(StringComparer.Ordinal) { ["dataPoints"] = "[HistogramPoint", ["aggregationTemporality"] = "enum" },
        ["Number"] = new(StringComparer.Ordinal)
        {
            ["attributes"] = "[KeyValue", ["startTimeUnixNano"] = "fixed64", ["timeUnixNano"] = "fixed64", ["asDouble"] = "double", ["asInt"] = "fixed64", ["flags"] = "uint32",
        },
        ["HistogramPoint"] = new(StringComparer.Ordinal)
        {
            ["attributes"] = "[KeyValue", ["startTimeUnixNano"] = "fixed64", ["timeUnixNano"] = "fixed64", ["count"] = "fixed64", ["sum"] = "double",
            ["bucketCounts"] = "[fixed64", ["explicitBounds"] = "[double", ["flags"] = "uint32", ["min"] = "double", ["max"] = "double",
        },
        ["KeyValue"] = new(StringComparer.Ordinal) { ["key"] = "string", ["value"] = "AnyValue" },
        ["AnyValue"] = new(StringComparer.Ordinal) { ["stringValue"] = "string", ["boolValue"] = "bool", ["intValue"] = "fixed64", ["doubleValue"] = "double" },
    };

    private readonly List<ExportedValue> _values = [];

    private OtlpJson(JsonElement resource) => Resource = Attributes(resource.GetProperty("attributes"));

    /// <summary>The attributes of the resource.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; }

    /// <summary>All values, a histogram's as the samples that a scrape has of it.</summary>
    public IReadOnlyList<ExportedValue> Values => _values;

    /// <summary>When each series began to count and when it was read, in seconds since 1970.</summary>
    public Dictionary<string, (double Start, double At)> Times { get; } = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">It is not the mapping's.</exception>
    public static OtlpJson Read(string body)
    {
        using var document = JsonDocument.Parse(body);
        Check(document.RootElement, "Request", "$");
        var resource = document.RootElement.GetProperty("resourceMetrics").EnumerateArray().Single();
        var export = new OtlpJson(resource.GetProperty("resource"));
        foreach (var metric in resource.GetProperty("scopeMetrics").EnumerateArray().SelectMany(scope => scope.GetProperty("metrics").EnumerateArray()))
        {
            export.Add(metric);
        }

        return export;
    }

    /// <summary>The sum of the values that have a name and whose labels have a part.</summary>
    public double Sum(string name, string labels = "") => _values.Where(value => value.Name == name && value.Labels.Contains(labels, StringComparison.Ordinal)).Sum(value => value.Value);

    private static void Check(JsonElement element, string type, string path)
    {
        if (type[0] == '[')
        {
            Require(element.ValueKind == JsonValueKind.Array, path, "is no list");
            foreach (var (item, index) in element.EnumerateArray().Select(static (item, index) => (item, index)))
            {
                Check(item, type[1..], $"{path}[{index}]");
            }

            return;
        }

        if (!s_messages.TryGetValue(type, out var fields))
        {
            Require(IsScalar(element, type), path, $"is no {type}: {element.GetRawText()}");
            return;
        }

        Require(element.ValueKind == JsonValueKind.Object, path, "is no object");
        foreach (var field in element.EnumerateObject())
        {
            Require(fields.TryGetValue(field.Name, out var its), path, $"has no field {field.Name}");
            Check(field.Value, its!, $"{path}.{field.Name}");
        }
    }

    private static bool IsScalar(JsonElement element, string type) => type switch
    {
        "string" => element.ValueKind == JsonValueKind.String,
        "bool" => element.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "enum" or "uint32" => element.ValueKind == JsonValueKind.Number && element.TryGetUInt32(out _),
        "fixed64" => element.ValueKind == JsonValueKind.String && ulong.TryParse(element.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out _),
        _ => element.ValueKind == JsonValueKind.Number || (element.ValueKind == JsonValueKind.String && element.GetString() is "NaN" or "Infinity" or "-Infinity"),
    };

    private void Add(JsonElement metric)
    {
        var name = metric.GetProperty("name").GetString()!;
        var data = Assert(metric.EnumerateObject().Where(field => field.Name is "gauge" or "sum" or "histogram").ToArray(), fields => fields.Length == 1, name, "is not of one kind")[0];
        if (data.Name != "gauge")
        {
            Require(data.Value.GetProperty("aggregationTemporality").GetInt32() == 2, name, "is not cumulative");
        }

        if (data.Name == "sum")
        {
            Require(data.Value.GetProperty("isMonotonic").GetBoolean(), name, "is not monotonic");
        }

        foreach (var point in data.Value.GetProperty("dataPoints").EnumerateArray())
        {
            var labels = Attributes(point.GetProperty("attributes"));
            var at = Number(point.GetProperty("timeUnixNano")) / 1e9;
            if (data.Name != "gauge")
            {
                var start = Number(point.GetProperty("startTimeUnixNano")) / 1e9;
                Require(start <= at, name, "begins after it was read");
                Times[$"{name}{Text(labels)}"] = (start, at);
            }

            if (data.Name == "histogram")
            {
                AddHistogram(name, labels, point);
            }
            else
            {
                _values.Add(new(name, Text(labels), Number(point.GetProperty("asDouble"))));
            }
        }
    }

    private void AddHistogram(string name, IReadOnlyDictionary<string, string> labels, JsonElement point)
    {
        var counts = point.GetProperty("bucketCounts").EnumerateArray().Select(Number).ToArray();
        var bounds = point.GetProperty("explicitBounds").EnumerateArray().Select(Number).ToArray();
        Require(counts.Length == bounds.Length + 1, name, "has another number of buckets than its bounds need");
        Require(bounds.SequenceEqual(bounds.Order().Distinct()), name, "has bounds that do not rise");
        var count = Number(point.GetProperty("count"));
        Require(count.Equals(counts.Sum()), name, "counts otherwise than its buckets");
        _values.Add(new($"{name}_count", Text(labels), count));
        _values.Add(new($"{name}_sum", Text(labels), Number(point.GetProperty("sum"))));
        var below = 0.0;
        foreach (var (bound, inBucket) in bounds.Append(double.PositiveInfinity).Zip(counts))
        {
            below += inBucket;
            _values.Add(new($"{name}_bucket", Text(labels.Append(new("le", bound.ToString("R", CultureInfo.InvariantCulture)))), below));
        }
    }

    /// <summary>Labels in one text, which is the same for the same labels.</summary>
    public static string Text(IEnumerable<KeyValuePair<string, string>> labels) => string.Concat(labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"[{label.Key}={label.Value}]"));

    private static Dictionary<string, string> Attributes(JsonElement attributes) =>
        attributes.EnumerateArray().ToDictionary(pair => pair.GetProperty("key").GetString()!, pair => pair.GetProperty("value").GetProperty("stringValue").GetString()!);

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.Parse(value.GetString()!, CultureInfo.InvariantCulture);

    private static T Assert<T>(T value, Func<T, bool> holds, string where, string what)
    {
        Require(holds(value), where, what);
        return value;
    }

    private static void Require(bool holds, string where, string what)
    {
        if (!holds)
        {
            throw new FormatException($"{where} {what}");
        }
    }
}
