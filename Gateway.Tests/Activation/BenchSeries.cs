using System.Text;
using Gateway.Lab.Hosts;

namespace Gateway.Tests.Activation;

/// <summary>What a bench's metrics say to whoever scrapes them.</summary>
internal static class BenchSeries
{
    /// <summary>Null: there is no such series.</summary>
    public static async Task<double?> SeriesAsync(this FunctionBench bench, string name, string function, string state)
    {
        using var stream = new MemoryStream();
        await bench.Metrics.Registry.CollectAndExportAsTextAsync(stream);
        return MetricsSnapshot.Parse(Encoding.UTF8.GetString(stream.ToArray())).Samples
            .FirstOrDefault(sample => sample.Name == name && sample.Labels["function"] == function && sample.Labels["state"] == state)?.Value;
    }
}
