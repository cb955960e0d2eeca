using System.Globalization;
using System.Text;

namespace Gateway.Telemetry.Export;

/// <summary>
/// Reads the text format of Prometheus, version 0.0.4, as the gateway's own registry writes it. The registry gives its values in no other way, and so
/// what is exported is what a scrape at that moment gets.
/// </summary>
internal static class PrometheusText
{
    private const string Bound = "le";

    /// <summary>Returns the metrics that have series.</summary>
    public static async Task<IReadOnlyList<MetricFamily>> ReadAsync(Stream text)
    {
        var families = new List<MetricFamily>();
        var (help, series) = ("", new Dictionary<string, MetricSeries>(StringComparer.Ordinal));
        using var reader = new StreamReader(text, Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                help = Unescape(line.Split(' ', 4) is [_, _, _, var words] ? words : "");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal) && line.Split(' ') is [_, _, var name, var kind])
            {
                families.Add(new MetricFamily(name, help, kind switch { "counter" => MetricKind.Counter, "histogram" => MetricKind.Histogram, _ => MetricKind.Gauge }));
                series.Clear();
            }
            else if (line.Length > 0 && line[0] != '#' && families.Count > 0)
            {
                Add(families[^1], series, line);
            }
        }

        families.RemoveAll(static family => family.Series.Count == 0);
        return families;
    }

    private static void Add(MetricFamily family, Dictionary<string, MetricSeries> known, string line)
    {
        var end = line.AsSpan().IndexOfAny('{', ' ');
        var name = line.AsSpan(0, end);
        var labels = new List<KeyValuePair<string, string>>();
        var at = line[end] == '{' ? ReadLabels(line, end + 1, labels) : end;
        var value = ValueOf(line.AsSpan(at).Trim());
        var bound = family.Kind == MetricKind.Histogram && name.EndsWith("_bucket") ? labels.Find(static label => label.Key == Bound).Value : null;
        if (bound is not null)
        {
            labels.RemoveAll(static label => label.Key == Bound);
        }

        var key = string.Join(',', labels.Select(static label => $"{label.Key}={label.Value}"));
        if (!known.TryGetValue(key, out var series))
        {
            known.Add(key, series = new MetricSeries(key, labels));
            family.Series.Add(series);
        }

        if (bound is not null)
        {
            series.Buckets.Add((ValueOf(bound), value));
        }
        else if (family.Kind == MetricKind.Histogram && name.EndsWith("_count"))
        {
            series.Count = value;
        }
        else
        {
            series.Value = value;
        }
    }

    /// <returns>Where the labels end.</returns>
    private static int ReadLabels(string line, int at, List<KeyValuePair<string, string>> labels)
    {
        while (line[at] != '}')
        {
            var equals = line.IndexOf('=', at);
            var end = equals + 2;
            while (line[end] != '"')
            {
                end += line[end] == '\\' ? 2 : 1;
            }

            labels.Add(new(line[at..equals].TrimStart(','), Unescape(line[(equals + 2)..end])));
            at = end + 1;
        }

        return at + 1;
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] != '\\' || i + 1 == text.Length ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        }

        return plain.ToString();
    }

    private static double ValueOf(ReadOnlySpan<char> text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
