using System.Diagnostics;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Scale;

/// <summary>Sends the first requests to many functions at rest at once, so that each is a cold start.</summary>
internal static class AtOnce
{
    public static async Task<AtOnceCell> RunAsync(ManyFunctions functions, GatewayProcess gateway, int count, int rounds, CancellationToken cancellationToken)
    {
        List<double> all = [];
        List<double> requests = [];
        for (var round = 0; round < rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            requests.AddRange(await Task.WhenAll(Enumerable.Range(0, count).Select(index => TimedAsync(functions, index, cancellationToken))));
            all.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.WhenAll(Enumerable.Range(0, count).Select(index => ManyFunctions.SleepAsync(gateway, index, cancellationToken)));
        }

        return new AtOnceCell(count, Statistics.Median(all), Statistics.Median(requests), Statistics.Percentile(requests, 0.99));
    }

    private static async Task<double> TimedAsync(ManyFunctions functions, int index, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        await functions.RequestAsync(index, cancellationToken);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
