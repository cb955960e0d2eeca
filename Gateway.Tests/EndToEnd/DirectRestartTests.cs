using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Connections that the kernel has handed to a container outlive a gateway that is killed, and the next one counts them.</summary>
[SideBySide]
public sealed class DirectRestartTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Killed_UnderADirectConnection_ItLivesOn_AndTheFunctionRestsAfterIt(string runtime)
    {
        using var limit = new CancellationTokenSource(Patience);
        await StartAsync(("hello", Function(runtime)));
        await GetAsync();
        await HandedOverAsync();
        using var socket = await Engines.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Listen), limit.Token);
        await AnswersAsync(socket, limit.Token);
        Assert.Equal(1, await HandedAsync());

        await EndAsync(kill: true);
        await AnswersAsync(socket, limit.Token);

        await StartAsync(("hello", Function(runtime)));
        await HandedOverAsync();
        await Eventually.True(async () => await FunctionAsync() is { State: "Running", InFlight: 1 });
        await GetAsync();
        Assert.Equal(1, await HandedAsync());
        // Longer than it may be idle for: nothing tells that it was left alone.
        await Task.Delay(TimeSpan.FromSeconds(2.5), limit.Token);
        Assert.Equal("Running", (await FunctionAsync()).State);
        await AnswersAsync(socket, limit.Token);
        socket.Shutdown(SocketShutdown.Both);
        await BecomesAsync("Stopped");
    }

    private JsonObject Function(string runtime)
    {
        var function = Container(runtime, idleAfter: "00:00:01");
        function["Listen"] = new JsonArray($"tcp://*:{Listen}");
        return function;
    }

    private Task<string> HandedOverAsync() => Gateway.WaitForLogAsync(static line => line.Contains("hello: from here on the kernel hands it the connections", StringComparison.Ordinal), Patience);

    private async Task<double> HandedAsync() => (await Gateway.MetricsAsync()).Sum("gateway_ebpf_events_total", ("program", "sk_lookup"), ("outcome", "direct"));

    private static async Task AnswersAsync(Socket socket, CancellationToken cancellationToken)
    {
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: hello\r\n\r\n"u8.ToArray(), cancellationToken);
        var buffer = new byte[4096];
        var size = await socket.ReceiveAsync(buffer, cancellationToken);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, size), StringComparison.Ordinal);
    }
}
