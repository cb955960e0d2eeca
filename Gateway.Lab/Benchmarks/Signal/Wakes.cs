using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>Wakes one function of a gateway again and again, by connections that each carry one request.</summary>
internal static class Wakes
{
    private const int Port = 8081;
    private const int WarmUp = 30;

    /// <summary>The boot time of the function. It is longer than a round trip of the lab, so that the request arrives before the function is ready.</summary>
    private const int BootMilliseconds = 6;

    private static readonly byte[] s_request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");

    /// <returns>Returns the cold starts that a SYN began.</returns>
    /// <exception cref="LabException">Another hook than the wanted one saw SYNs.</exception>
    public static async Task<IReadOnlyList<ColdStart>> MeasureAsync(
        LabNetwork network, SignalHook hook, int count, Action<int> began, CancellationToken cancellationToken)
    {
        var settings = new JsonObject
        {
            ["Gateway"] = new JsonObject
            {
                ["Ebpf"] = hook.Settings(network.Link.Server),
                ["Budget"] = BenchSettings.UnlimitedBudget(),
                ["Functions"] = new JsonObject
                {
                    ["hello"] = BenchSettings.Process(await HelloSample.BuildAsync(), BootMilliseconds, "Syn", $"http://*:{Port}"),
                },
            },
        };
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = network.Server, Settings = settings, Program = PublishedPrograms.Gateway });
        for (var i = 0; i < WarmUp + count; i++)
        {
            began(Math.Max(0, i - WarmUp));
            await RequestAsync(network, gateway, cancellationToken);
            using var asleep = await gateway.Admin.PostAsync("/api/functions/hello/sleep", content: null, cancellationToken);
            asleep.EnsureSuccessStatusCode();
        }

        await CheckHookAsync(gateway, hook, WarmUp + count, cancellationToken);
        var starts = await gateway.ColdStartsAsync("hello", count, cancellationToken);
        await gateway.StopAsync(TimeSpan.FromSeconds(30));
        return [.. starts.Where(start => start.Signal == "Syn")];
    }

    private static async Task RequestAsync(LabNetwork network, GatewayProcess gateway, CancellationToken cancellationToken)
    {
        using var client = await network.Client.ConnectAsync(new IPEndPoint(network.Link.Server.Address, Port), cancellationToken);
        await client.SendAsync(s_request, cancellationToken);
        var answer = new byte[1024];
        var size = await client.ReceiveAsync(answer, cancellationToken);
        if (!answer.AsSpan(0, size).StartsWith("HTTP/1.1 200"u8))
        {
            throw new LabException($"The gateway answered '{Encoding.ASCII.GetString(answer, 0, Math.Min(size, 60))}'.{gateway.LastLines(20)}");
        }

        while (size > 0)
        {
            size = await client.ReceiveAsync(answer, cancellationToken);
        }
    }

    private static async Task CheckHookAsync(GatewayProcess gateway, SignalHook hook, int wakes, CancellationToken cancellationToken)
    {
        var seen = (await gateway.MetricsAsync(cancellationToken)).Sum("gateway_ebpf_events_total", ("program", hook.Name), ("outcome", "syn"));
        if (seen < wakes * 0.9)
        {
            throw new LabException($"The hook {hook.Name} told of {seen} of {wakes} SYNs, so these are not its numbers");
        }
    }
}
