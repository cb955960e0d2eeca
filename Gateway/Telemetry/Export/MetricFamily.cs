namespace Gateway.Telemetry.Export;

/// <summary>What a metric of Prometheus is.</summary>
internal enum MetricKind
{
    /// <summary>A value that goes up and down, or one of which nothing is known.</summary>
    Gauge,

    /// <summary>A number that only grows.</summary>
    Counter,

    /// <summary>Observations by how large they were.</summary>
    Histogram,
}

/// <summary>All series of one metric.</summary>
internal sealed record MetricFamily(string Name, string Help, MetricKind Kind)
{
    public List<MetricSeries> Series { get; } = [];
}

/// <summary>One series of a metric.</summary>
/// <param name="Key">Its labels as they were written, which no other series of the metric has.</param>
/// <param name="Labels">Its labels.</param>
internal sealed record MetricSeries(string Key, IReadOnlyList<KeyValuePair<string, string>> Labels)
{
    /// <summary>The value of a gauge or a counter, or the sum of a histogram's observations.</summary>
    public double Value { get; set; }

    /// <summary>The number of a histogram's observations.</summary>
    public double Count { get; set; }

    /// <summary>A histogram's buckets by their upper bounds, the last one infinite. Each counts what the ones before it count, too.</summary>
    public List<(double Bound, double Count)> Buckets { get; } = [];
}
