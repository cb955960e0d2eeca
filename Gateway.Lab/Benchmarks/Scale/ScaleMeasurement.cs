using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Scale;

/// <summary>Starts a gateway with so many functions, reloads it, and wakes some of them.</summary>
internal static class ScaleMeasurement
{
    private const int WarmUp = 20;

    public static async Task<ScaleCell> RunAsync(ManyFunctions functions, int count, int rounds, int wakes, double oneFunction, CancellationToken cancellationToken)
    {
        List<double> startups = [];
        for (var round = 1; round < rounds; round++)
        {
            await using var started = await TimedStartAsync(functions, count, startups);
            await started.StopAsync(TimeSpan.FromSeconds(60));
        }

        await using var gateway = await TimedStartAsync(functions, count, startups);
        var resident = Resident(gateway.ProcessId);
        List<double> reloads = [];
        for (var round = 0; round < rounds; round++)
        {
            reloads.Add(await ReloadAsync(functions, gateway, count, cancellationToken));
        }

        var wake = await WakesAsync(functions, gateway, count, wakes, cancellationToken);
        await gateway.StopAsync(TimeSpan.FromSeconds(60));
        return new ScaleCell(
            count,
            Statistics.Median(startups),
            count == 1 ? resident : Math.Max(0, resident - oneFunction) / (count - 1),
            Statistics.Median(reloads),
            Statistics.Median(wake),
            Statistics.Percentile(wake, 0.99),
            resident / 1024);
    }

    private static async Task<GatewayProcess> TimedStartAsync(ManyFunctions functions, int count, List<double> startups)
    {
        var began = Stopwatch.GetTimestamp();
        var gateway = await functions.StartAsync(count);
        startups.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return gateway;
    }

    /// <summary>KiB.</summary>
    private static double Resident(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }

    // One function more while a connection is open and others come and go; then one less.
    private static async Task<double> ReloadAsync(ManyFunctions functions, GatewayProcess gateway, int count, CancellationToken cancellationToken)
    {
        var (more, less) = (functions.Settings(count + 1).ToJsonString(), functions.Settings(count).ToJsonString());
        using var kept = await functions.ConnectAsync(0, cancellationToken);
        await ManyFunctions.AskAsync(kept, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var others = KeepAskingAsync(functions, stop.Token);

        Replace(gateway, more);
        var began = Stopwatch.GetTimestamp();
        using var first = await UntilAcceptedAsync(functions, count, cancellationToken);
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await ManyFunctions.AskAsync(first, cancellationToken);
        Replace(gateway, less);
        await UntilRefusedAsync(functions, count, cancellationToken);

        await ManyFunctions.AskAsync(kept, cancellationToken);
        await stop.CancelAsync();
        await others;
        return took;
    }

    private static void Replace(GatewayProcess gateway, string settings)
    {
        var aside = Path.Combine(gateway.ContentRoot, "appsettings.json.new");
        File.WriteAllText(aside, settings);
        File.Move(aside, Path.Combine(gateway.ContentRoot, "appsettings.json"), overwrite: true);
    }

    // A failure ends the benchmark: no connection may be lost.
    private static async Task KeepAskingAsync(ManyFunctions functions, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await functions.RequestAsync(0, CancellationToken.None);
        }
    }

    // Refusals come back after a round trip, which paces this.
    private static async Task<Socket> UntilAcceptedAsync(ManyFunctions functions, int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await functions.ConnectAsync(index, cancellationToken);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task UntilRefusedAsync(ManyFunctions functions, int index, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var accepted = await functions.ConnectAsync(index, cancellationToken);
            }
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
        }
    }

    private static async Task<IReadOnlyList<double>> WakesAsync(ManyFunctions functions, GatewayProcess gateway, int count, int wakes, CancellationToken cancellationToken)
    {
        const int Stride = 7919; // a prime: over all of them, in no order
        for (var i = 0; i < WarmUp + wakes; i++)
        {
            var index = (int)((long)i * Stride % count);
            await ManyFunctions.SleepAsync(gateway, index, cancellationToken);
            await functions.RequestAsync(index, cancellationToken);
            await ManyFunctions.SleepAsync(gateway, index, cancellationToken);
        }

        var starts = await gateway.ColdStartsAsync(function: null, wakes, cancellationToken);
        var microseconds = starts.Where(start => start.Signal == "Syn").Select(start => start.Phases.GetValueOrDefault("wake")).OfType<long>().ToArray();
        return microseconds.Length >= wakes * 0.9
            ? [.. microseconds.Select(time => time / 1000.0)]
            : throw new LabException($"Of {wakes} wakes a SYN began {microseconds.Length}");
    }
}
