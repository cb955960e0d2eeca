using System.Text;
using Gateway.Lab.Hosts;

namespace Gateway.Tests.Activation;

/// <summary>Reads the metrics of a bench in the form in which they are scraped.</summary>
internal static class BenchSeries
{
    /// <summary>Returns the value of a series, or null if there is none.</summary>
    public static async Task<double?> SeriesAsync(this FunctionBench bench, string name, string function, string state)
    {
        using var stream = new MemoryStream();
        await bench.Metrics.Registry.CollectAndExportAsTextAsync(stream);
        return MetricsSnapshot.Parse(Encoding.UTF8.GetString(stream.ToArray())).Samples
            .FirstOrDefault(sample => sample.Name == name && sample.Labels["function"] == function && sample.Labels["state"] == state)?.Value;
    }
}
