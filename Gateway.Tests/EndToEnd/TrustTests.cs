using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>SYNs of nobody, and clients that want everything, against functions of others. That calm ends a restriction is tested on a clock that can be set.</summary>
public sealed class TrustTests(ITestOutputHelper output)
{
    private const int OtherPort = 8082;

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task ForgedSyns_KeepNothingAwake_AndHonestClientsAreServedByEstablished()
    {
        await using var edge = await StartAsync();
        using var forged = new SpoofedSyns(edge.Network.Client);
        var server = edge.Network.Link.Server.Address;
        // In the client's /24; nobody speaks from there.
        var stranger = edge.Network.Link.Client.AddressAt(77);

        using var stop = new CancellationTokenSource();
        var flood = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                forged.Send(stranger, new IPEndPoint(server, Edge.HttpPort));
                // The attacker's rate.
                await Task.Delay(TimeSpan.FromSeconds(0.25), TimeProvider.System, CancellationToken.None);
            }
        });
        var before = await edge.Gateway.WaitForLogAsync(line => line.Contains("Function hello: the earliest signal that wakes is Established", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        output.WriteLine(before);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("Group ", StringComparison.Ordinal) && line.Contains("/24: the earliest signal", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        await Eventually.True(async () => await StateAsync(edge, "hello") == "Stopped", "it is awake though nobody is there");

        // A function that they have not tried yet.
        forged.Send(stranger, new IPEndPoint(server, OtherPort));
        var trust = await JsonAsync(edge, "/api/trust");
        Assert.Equal("Established", Assert.Single(trust.GetProperty("groups").EnumerateArray()).GetProperty("needs").GetString());
        Assert.Equal("Established", (await JsonAsync(edge, "/api/functions/hello")).GetProperty("trust").GetProperty("needs").GetString());

        await AskOnceAwakeAsync(edge, "hello", Edge.HttpPort);
        await AskOnceAwakeAsync(edge, "other", OtherPort);
        await stop.CancelAsync();
        await flood;

        var starts = await edge.Gateway.ColdStartsAsync();
        Assert.Equal(["Syn/Wasted", "Syn/Wasted", "Syn/Wasted", "Established/Served"], starts.Where(start => start.Function == "hello").Select(start => $"{start.Signal}/{start.Outcome}"));
        Assert.Equal(["Established/Served"], starts.Where(start => start.Function == "other").Select(start => $"{start.Signal}/{start.Outcome}"));
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(3, metrics.Sum("gateway_wasted_wakes_total", ("function", "hello"), ("signal", "Syn")));
        Assert.Equal(2, metrics.Sum("gateway_trust_steps_total", ("direction", "up")));
    }

    // Browsers connect ahead, and say nothing for a while.
    [Fact]
    public async Task Connection_WithoutAWord_IsProofEnough()
    {
        await using var edge = await StartAsync();
        var server = new IPEndPoint(edge.Network.Link.Server.Address, Edge.HttpPort);
        using var silent = await edge.Network.Client.ConnectAsync(server);
        await Eventually.True(async () => await StateAsync(edge, "hello") == "Running", "the SYN woke nothing");

        // That nothing happens in this time is what is tested.
        await Task.Delay(2 * Within, TimeProvider.System);

        Assert.Equal("Running", await StateAsync(edge, "hello"));
        Assert.Empty(await edge.Gateway.ColdStartsAsync("hello"));
    }

    [Fact]
    public async Task Reload_SwitchesTrialsOff()
    {
        await using var edge = await StartAsync();
        var settings = edge.Settings;
        settings["Gateway"]!["Trust"]!["Enabled"] = false;
        edge.Gateway.UpdateSettings(settings);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("Every part follows the new configuration", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        using var forged = new SpoofedSyns(edge.Network.Client);
        forged.Send(edge.Network.Link.Client.AddressAt(77), new IPEndPoint(edge.Network.Link.Server.Address, Edge.HttpPort));
        await Eventually.True(async () => await StateAsync(edge, "hello") == "Running", "the SYN woke nothing");

        // The time after which it would be brought to rest again.
        await Task.Delay(2 * Within, TimeProvider.System);

        Assert.Equal("Running", await StateAsync(edge, "hello"));
    }

    [Fact]
    public async Task SlowRequestsOfOneClient_AnotherClientsColdStartTakesNoLonger()
    {
        const int greedy = 7, boot = 1500;
        const string honestClient = "203.0.113.7";
        var functions = new JsonObject();
        for (var i = 0; i <= greedy; i++)
        {
            var function = await Edge.HelloAsync("Request", boot);
            function["Listen"] = new JsonArray($"http://*:{9100 + i}");
            functions[i == 0 ? "hello" : $"f{i}"] = function;
        }

        await using var edge = await Edge.StartAsync(TimeSpan.FromMilliseconds(10), _ => functions, new JsonObject { ["Budget"] = new JsonObject { ["Concurrent"] = 4 } });
        await edge.Network.Client.ConfigureAsync($"route add local {honestClient}/32 dev lo");
        await edge.Network.Server.ConfigureAsync($"route add {honestClient}/32 via {edge.Network.Link.Client.Address}");
        var alone = await GetAsync(edge, 9100, "--interface", honestClient);
        await edge.SleepAsync();

        var slow = Enumerable.Range(1, greedy).Select(i => GetAsync(edge, 9100 + i)).ToArray();
        await Eventually.True(async () => (await edge.Gateway.MetricsAsync()).Sum("gateway_held_requests") == greedy, "the greedy client's requests are not held");
        var honest = await GetAsync(edge, 9100, "--interface", honestClient);
        output.WriteLine($"alone {alone.StartTransfer:0} ms, beside {greedy} others {honest.StartTransfer:0} ms");

        Assert.Equal(200, honest.ThrowIfFailed().HttpCode);
        Assert.InRange(honest.StartTransfer, 0, 1.5 * alone.StartTransfer);
        Assert.All(await Task.WhenAll(slow), answer => Assert.Equal(200, answer.ThrowIfFailed().HttpCode));
    }

    private static async Task<Edge> StartAsync()
    {
        var (hello, other) = (await Edge.HelloAsync("Syn", bootMilliseconds: 50), await Edge.HelloAsync("Syn", bootMilliseconds: 50));
        hello["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}");
        other["Listen"] = new JsonArray($"http://*:{OtherPort}");
        var section = new JsonObject
        {
            ["Ebpf"] = new JsonObject { ["Mode"] = "Required", ["Xdp"] = "Off" },
            ["Trust"] = new JsonObject { ["Within"] = Within.ToString() },
        };
        return await Edge.StartAsync(
            await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(40)),
            new JsonObject { ["hello"] = hello, ["other"] = other },
            section,
            settings => settings["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Gateway"] = "Debug" } });
    }

    // The connection alone has to wake it: a request right behind the handshake could be read before the kernel's event.
    private static async Task AskOnceAwakeAsync(Edge edge, string function, int port)
    {
        using var connection = await edge.Network.Client.ConnectAsync(new IPEndPoint(edge.Network.Link.Server.Address, port));
        await Eventually.True(async () => await StateAsync(edge, function) == "Running", $"the connection did not wake {function}");
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: hello\r\nConnection: close\r\n\r\n"u8.ToArray());
        var answer = new byte[64];
        var size = await connection.ReceiveAsync(answer);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(answer, 0, size), StringComparison.Ordinal);
    }

    private static Task<CurlResult> GetAsync(Edge edge, int port, params string[] arguments) => Curl.GetAsync(new CurlOptions
    {
        Namespace = edge.Network.Client,
        Url = $"http://{Edge.Host}:{port}/",
        Resolve = edge.Network.Link.Server.Address,
        Arguments = arguments,
    });

    private static async Task<JsonElement> JsonAsync(Edge edge, string path) => JsonDocument.Parse(await edge.Gateway.Admin.GetStringAsync(path)).RootElement;

    private static async Task<string> StateAsync(Edge edge, string function) => (await edge.Gateway.FunctionsAsync()).Single(one => one.Name == function).State;
}
