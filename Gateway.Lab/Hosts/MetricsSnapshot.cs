using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Lab.Hosts;

/// <summary>One sample of a metric.</summary>
public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>What <c>/metrics</c> said: the Prometheus text format, version 0.0.4.</summary>
public sealed partial class MetricsSnapshot
{
    private MetricsSnapshot(IReadOnlyList<MetricSample> samples) => Samples = samples;

    public IReadOnlyList<MetricSample> Samples { get; }

    /// <exception cref="LabException">A line is neither a comment nor a sample.</exception>
    public static MetricsSnapshot Parse(string text) => new(
    [
        .. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(ParseSample),
    ]);

    /// <summary>The sum over the samples that have the name and all the labels; 0 when there is none.</summary>
    public double Sum(string name, params IReadOnlyList<(string Name, string Value)> labels) =>
        Samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value))
            .Sum(sample => sample.Value);

    private static MetricSample ParseSample(string line)
    {
        var match = SamplePattern().Match(line);
        if (!match.Success)
        {
            throw new LabException($"/metrics has a line that is no sample: {line}");
        }

        var labels = LabelPattern().Matches(match.Groups["labels"].Value)
            .ToDictionary(label => label.Groups["name"].Value, label => Regex.Unescape(label.Groups["value"].Value));
        return new MetricSample(match.Groups["name"].Value, labels, ParseValue(match.Groups["value"].Value));
    }

    private static double ParseValue(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>\S+)( \d+)?\s*$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SamplePattern();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)" """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace, 1000)]
    private static partial Regex LabelPattern();
}
