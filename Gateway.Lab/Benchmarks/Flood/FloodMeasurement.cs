using System.Text.Json.Nodes;
using Gateway.Lab.Benchmarks.Signal;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Flood;

/// <summary>Starts a gateway with many functions, and compares what honest clients get before and during a flood of SYNs.</summary>
internal sealed class FloodMeasurement(FloodNetwork network, string program, SignalHook hook, int count, TimeSpan flood)
{
    private const int FirstPort = 10_000;

    /// <summary>The thread that reads the kernel's events and decides what they wake.</summary>
    private const string Reader = "bpf ring";

    /// <summary>The function that is kept warm. Honest cold starts take those behind it, and no function twice.</summary>
    private const int Warm = 0;

    /// <summary>How long after the flood nothing may be awake any more that nobody asked for.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(10);

    private readonly HonestClient _client = new(network.Client, network.Address, FirstPort);

    /// <summary>How long a cell takes, in seconds.</summary>
    public double Planned => (flood.TotalSeconds * 2) + s_calm.TotalSeconds + 12;

    public async Task<FloodCell> RunAsync(CancellationToken cancellationToken)
    {
        await using var gateway = await GatewayProcess.StartAsync(
            new() { Namespace = network.Server, Settings = Settings(), Program = PublishedPrograms.Gateway, StartTimeout = TimeSpan.FromSeconds(60) });
        var half = flood / 2;
        var each = Math.Max(4, (int)(half.TotalSeconds * 2));
        int[] before = [.. Enumerable.Range(1, each)], during = [.. Enumerable.Range(1 + each, each)];
        _ = await _client.AskAsync(Warm, cancellationToken) ?? throw new LabException($"The gateway does not answer.{gateway.LastLines(20)}");
        var (coldBefore, warmBefore) = await ServeAsync(before, half, cancellationToken);

        var told = await ToldAsync(gateway, cancellationToken);
        var started = await StartedAsync(gateway, cancellationToken);
        var frames = new SynFrames(64, FloodNetwork.AttackerHardware, FloodNetwork.FloodedHardware, network.Address, FirstPort, count, seed: 0x9E3779B97F4A7C15);
        IReadOnlyList<double?> cold;
        IReadOnlyList<double> warm;
        double busy, reading, sent;
        await using (var attack = SynFlood.Start(network.Attacker, FloodNetwork.AttackerDevice, frames, Environment.ProcessorCount - 1))
        {
            var (spent, read) = (CpuTime.Seconds(gateway.ProcessId), CpuTime.Seconds(gateway.ProcessId, Reader));
            // What is measured is the gateway in this time, in which nobody but the attacker does anything.
            await Task.Delay(half, cancellationToken);
            busy = (CpuTime.Seconds(gateway.ProcessId) - spent) / half.TotalSeconds;
            reading = (CpuTime.Seconds(gateway.ProcessId, Reader) - read) / half.TotalSeconds;
            (cold, warm) = await ServeAsync(during, half, cancellationToken);
            sent = attack.Sent / flood.TotalSeconds;
        }

        told = await ToldAsync(gateway, cancellationToken) - told;
        started = await StartedAsync(gateway, cancellationToken) - started;
        // The question is what is awake so long after the flood.
        await Task.Delay(s_calm, cancellationToken);
        var awake = await AwakeAsync(gateway, [.. before.Append(Warm).Concat(during).Select(Name)], cancellationToken);
        var signals = await SignalsAsync(gateway, during, cancellationToken);
        await gateway.StopAsync(TimeSpan.FromSeconds(60));
        return new FloodCell(
            hook.Name, count, flood.TotalSeconds, sent, told, started, busy, reading, during.Length, cold.Count(time => time is not null),
            signals.Count(signal => signal == "Syn"), signals.Count(signal => signal == "Established"),
            MedianOf(cold), MedianOf(coldBefore), Statistics.Percentile(warm, 0.99), Statistics.Percentile(warmBefore, 0.99), awake);
    }

    private static double MedianOf(IEnumerable<double?> times) => times.OfType<double>().ToArray() is { Length: > 0 } answered ? Statistics.Median(answered) : double.NaN;

    private static string Name(int index) => $"f{index}";

    // Honest requests to functions at rest, and as many as one client gets answers to a warm one.
    private async Task<(IReadOnlyList<double?> Cold, IReadOnlyList<double> Warm)> ServeAsync(IReadOnlyList<int> functions, TimeSpan time, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<double> warm = [];
        var warming = Task.Run(
            async () =>
            {
                while (!over.IsCancellationRequested)
                {
                    warm.Add(await _client.AskAsync(Warm, cancellationToken) ?? throw new LabException("A warm request was not answered 200"));
                }
            },
            cancellationToken);
        var cold = await _client.AskAllAsync(functions, time, cancellationToken);
        await over.CancelAsync();
        await warming;
        return (cold, warm);
    }

    private async Task<double> ToldAsync(GatewayProcess gateway, CancellationToken cancellationToken) =>
        (await gateway.MetricsAsync(cancellationToken)).Sum("gateway_ebpf_events_total", ("outcome", "syn"));

    private static async Task<double> StartedAsync(GatewayProcess gateway, CancellationToken cancellationToken) =>
        (await gateway.MetricsAsync(cancellationToken)).Sum("gateway_signals_total", ("signal", "Syn"), ("outcome", "Woke"));

    private static async Task<int> AwakeAsync(GatewayProcess gateway, HashSet<string> asked, CancellationToken cancellationToken) =>
        (await gateway.FunctionsAsync(cancellationToken)).Count(function => function.State is not ("Stopped" or "Paused" or "Initialized") && !asked.Contains(function.Name));

    private static async Task<IReadOnlyList<string>> SignalsAsync(GatewayProcess gateway, IReadOnlyList<int> functions, CancellationToken cancellationToken)
    {
        List<string> signals = [];
        foreach (var function in functions)
        {
            signals.AddRange((await gateway.ColdStartsAsync(Name(function), 1, cancellationToken)).Where(start => start.Outcome == "Served").Select(start => start.Signal));
        }

        return signals;
    }

    // The limits are the gateway's defaults: they are what is measured.
    private JsonObject Settings()
    {
        var functions = new JsonObject();
        for (var i = 0; i < count; i++)
        {
            functions[Name(i)] = BenchSettings.Process(program, bootMilliseconds: 6, "Syn", $"http://*:{FirstPort + i}");
        }

        return new JsonObject
        {
            ["Gateway"] = new JsonObject
            {
                ["Ebpf"] = hook.Settings(FloodNetwork.FloodedDevice, network.ClientDevice),
                ["Functions"] = functions,
            },
        };
    }
}
