using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using HdrHistogram;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Runs the load generators, from the namespace of the subjects and from the cores of the load.</summary>
internal sealed class WarmLoad(NetworkNamespace space) : IDisposable
{
    /// <summary>Requests under way at once when a proxy is saturated, in either protocol.</summary>
    public const int Concurrency = 32;

    private const int Http2Connections = 4;

    /// <summary>A prime, so that it shares no divisor with a rate.</summary>
    private const int PacedConnections = 13;

    private readonly LabDirectory _directory = LabDirectory.Create("load");

    public async Task<LoadResult> SaturateAsync(WarmCase @case, string url, int seconds, CancellationToken cancellationToken) => @case.IsHttp2
        ? H2Load.Parse(await RunAsync("h2load", H2Load.Saturating(@case, url, Http2Connections, Concurrency / Http2Connections, seconds), cancellationToken))
        : Wrk.Parse(await RunAsync("wrk", Wrk.Arguments(url, Concurrency, seconds), cancellationToken));

    /// <summary>Adds response times at a fixed rate, in microseconds.</summary>
    /// <returns>The rate that came about.</returns>
    public async Task<double> PaceAsync(WarmCase @case, string url, int perSecond, int seconds, LongHistogram times, CancellationToken cancellationToken)
    {
        var log = _directory.File("paced.log");
        File.Delete(log);
        var result = H2Load.Parse(await RunAsync("h2load", H2Load.Paced(@case, url, PacedConnections, perSecond, perSecond * seconds, log), cancellationToken));
        // A connection that waits for a late answer does not send what it should have sent meanwhile. Those requests would
        // have been late too: the histogram is given them (coordinated omission).
        var beat = 1_000_000L * PacedConnections / perSecond;
        foreach (var time in H2Load.ResponseTimes(await File.ReadAllLinesAsync(log, cancellationToken)))
        {
            times.RecordValueWithExpectedInterval(Math.Max(1, time), beat);
        }

        return result.PerSecond;
    }

    /// <summary>Adds response times of one request after the other, in microseconds.</summary>
    public async Task OneByOneAsync(WarmCase @case, string url, int requests, LongHistogram times, CancellationToken cancellationToken)
    {
        var log = _directory.File("sequential.log");
        File.Delete(log);
        H2Load.Parse(await RunAsync("h2load", H2Load.Sequential(@case, url, requests, log), cancellationToken));
        foreach (var time in H2Load.ResponseTimes(await File.ReadAllLinesAsync(log, cancellationToken)))
        {
            times.RecordValue(Math.Max(1, time));
        }
    }

    public void Dispose() => _directory.Dispose();

    private async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var options = new LabProcessOptions { FileName = program, Arguments = arguments, Namespace = space, Cores = WarmCores.Load };
        return (await Command.ExecuteAsync(options, cancellationToken: cancellationToken)).ThrowIfFailed().AllOutput;
    }
}
