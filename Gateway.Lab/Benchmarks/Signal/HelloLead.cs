using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>
/// Measures how much sooner a function is woken if XDP reads its ClientHello than if the gateway does. Two functions of one gateway
/// take turns, so that both meet the same machine and the same load. One has a name with more dots than the kernel's reader follows.
/// </summary>
internal static class HelloLead
{
    private const int SharedPort = 443;
    private const int BusyPort = 8444;
    private const int WarmUp = 10;

    /// <summary>Connections of the load, each closed after one request: handshakes wait in Kestrel's queues, and both cores are at work.</summary>
    private const int Load = 32;

    private static readonly string s_manyDots = string.Concat(Enumerable.Repeat("a.", 18)) + "example";

    /// <summary>Which reader it is, its function and the name of that.</summary>
    private static readonly (string Hook, string Function, string Host)[] s_sides = [("xdp", "kernel", "hello.example"), ("kestrel", "callback", s_manyDots)];

    /// <param name="network">The network, whose delay is part of all times.</param>
    /// <param name="count">How many cold starts of each there are without load.</param>
    /// <param name="loadSeconds">How long the load lasts, and cold starts under it are measured.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Returns nanoseconds after the client wrote its hello, by reader and stage.</returns>
    /// <exception cref="LabException">The kernel did not report a hello that it should have.</exception>
    public static async Task<IReadOnlyList<(string Hook, string Stage, IReadOnlyList<long> Nanoseconds)>> MeasureAsync(
        LabNetwork network, int count, int loadSeconds, CancellationToken cancellationToken)
    {
        using var certificates = new LabCertificates();
        await using var gateway = await GatewayProcess.StartAsync(new()
        {
            Namespace = network.Server,
            Settings = Settings(certificates, network.Link.Server.Device, await HelloSample.BuildAsync()),
            Program = PublishedPrograms.Gateway,
        });
        var sent = s_sides.ToDictionary(side => side.Hook, _ => new List<DateTimeOffset>());
        for (var i = 0; i < WarmUp + count; i++)
        {
            await TurnAsync(network, gateway, sent, cancellationToken);
        }

        var load = network.Server.ExecuteAsync("wrk", ["-H", "Connection: close", .. Wrk.Arguments($"https://127.0.0.1:{BusyPort}/", Load, loadSeconds)]);
        while (!load.IsCompleted)
        {
            await TurnAsync(network, gateway, sent, cancellationToken);
        }

        Wrk.Parse((await load).ThrowIfFailed().Output);
        await CheckAsync(gateway, sent["xdp"].Count, cancellationToken);
        List<(string, string, IReadOnlyList<long>)> stages = [];
        foreach (var side in s_sides)
        {
            var starts = await gateway.ColdStartsAsync(side.Function, sent[side.Hook].Count, cancellationToken);
            var cut = HelloStages.Cut(starts, sent[side.Hook]);
            stages.AddRange(cut.Select(stage => (side.Hook, $"{stage.Stage}, idle", (IReadOnlyList<long>)[.. stage.Nanoseconds.Skip(WarmUp).Take(count)])));
            stages.AddRange(cut.Select(stage => (side.Hook, $"{stage.Stage}, loaded", (IReadOnlyList<long>)[.. stage.Nanoseconds.Skip(WarmUp + count)])));
        }

        await gateway.StopAsync(TimeSpan.FromSeconds(30));
        return stages;
    }

    private static async Task TurnAsync(LabNetwork network, GatewayProcess gateway, Dictionary<string, List<DateTimeOffset>> sent, CancellationToken cancellationToken)
    {
        // Each of the two is the first equally often.
        foreach (var (hook, function, host) in sent["xdp"].Count % 2 == 0 ? s_sides : s_sides.Reverse())
        {
            sent[hook].Add(await TimedHello.RequestAsync(network.Client, new IPEndPoint(network.Link.Server.Address, SharedPort), host, cancellationToken));
            using var asleep = await gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null, cancellationToken);
            asleep.EnsureSuccessStatusCode();
        }
    }

    private static async Task CheckAsync(GatewayProcess gateway, int wakes, CancellationToken cancellationToken)
    {
        var told = (await gateway.MetricsAsync(cancellationToken)).Sum("gateway_ebpf_events_total", ("program", "xdp"), ("outcome", "client_hello"));
        if (told < wakes * 0.9 || told > wakes)
        {
            throw new LabException($"XDP told of {told} ClientHellos where {wakes} were its own, so these are not its numbers");
        }
    }

    private static JsonObject Settings(LabCertificates certificates, string device, string program) => new()
    {
        ["Kestrel"] = new JsonObject
        {
            ["Certificates"] = BenchSettings.Certificates(certificates.Issue([.. s_sides.Select(side => side.Host)])),
            ["Endpoints"] = new JsonObject { ["shared"] = new JsonObject { ["Url"] = $"https://*:{SharedPort}" } },
        },
        ["ReverseProxy"] = new JsonObject
        {
            ["Routes"] = new JsonObject(s_sides.Select(side => KeyValuePair.Create<string, JsonNode?>(
                side.Function, new JsonObject { ["ClusterId"] = side.Function, ["Match"] = new JsonObject { ["Hosts"] = new JsonArray(side.Host) } }))),
        },
        ["Gateway"] = new JsonObject
        {
            ["Ebpf"] = new JsonObject
            {
                ["Mode"] = "Required",
                ["Xdp"] = "Native",
                ["Interfaces"] = new JsonArray(device),
                ["ClientHello"] = true,
                ["ReturningClients"] = new JsonObject { ["Enabled"] = false },
            },
            ["Budget"] = BenchSettings.UnlimitedBudget(),
            ["Functions"] = new JsonObject(
            [
                .. s_sides.Select(side => KeyValuePair.Create<string, JsonNode?>(side.Function, BenchSettings.Process(program, bootMilliseconds: 0, "ClientHello"))),
                new("busy", BenchSettings.Process(program, bootMilliseconds: 0, "Request", $"https://*:{BusyPort}")),
            ]),
        },
    };
}
