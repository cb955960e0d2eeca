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

    /// <summary>What a client of an open connection takes between an answer and its next request, in which the gateway can start.</summary>
    private static readonly TimeSpan Thought = TimeSpan.FromMilliseconds(5);

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Killed_UnderDirectTraffic_ItGoesOn_AndTheFunctionRestsAfterIt(string runtime)
    {
        using var limit = new CancellationTokenSource(Patience);
        await StartAsync(("hello", Function(runtime)));
        await GetAsync();
        await HandedOverAsync();
        using var quiet = await ConnectAsync(limit.Token);
        using var busy = await ConnectAsync(limit.Token);
        Assert.Equal(2, await HandedAsync());
        using var enough = new CancellationTokenSource();
        var traffic = AskAsync(busy, enough.Token, limit.Token);

        await EndAsync(kill: true);
        await AnswersAsync(quiet, limit.Token);

        await StartAsync(("hello", Function(runtime)));
        await HandedOverAsync();
        await Eventually.True(async () => await FunctionAsync() is { State: "Running", InFlight: 2 });
        await GetAsync();
        Assert.Equal(1, await HandedAsync());
        await enough.CancelAsync();
        Assert.InRange(await traffic, 1, int.MaxValue);
        busy.Shutdown(SocketShutdown.Both);
        await Eventually.True(async () => (await FunctionAsync()).InFlight == 1);
        // Longer than it may be idle for: nothing tells that it was left alone.
        await Task.Delay(TimeSpan.FromSeconds(2.5), limit.Token);
        Assert.Equal("Running", (await FunctionAsync()).State);
        await AnswersAsync(quiet, limit.Token);
        quiet.Shutdown(SocketShutdown.Both);
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

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = await Engines.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Listen), cancellationToken);
        await AnswersAsync(socket, cancellationToken);
        return socket;
    }

    // Returns how many answers there were; a request that is not answered throws.
    private static async Task<int> AskAsync(Socket socket, CancellationToken enough, CancellationToken cancellationToken)
    {
        var answers = 0;
        for (; !enough.IsCancellationRequested; answers++)
        {
            await AnswersAsync(socket, cancellationToken);
            await Task.Delay(Thought, TimeProvider.System, cancellationToken);
        }

        return answers;
    }

    private static async Task AnswersAsync(Socket socket, CancellationToken cancellationToken)
    {
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: hello\r\n\r\n"u8.ToArray(), cancellationToken);
        var buffer = new byte[4096];
        var size = await socket.ReceiveAsync(buffer, cancellationToken);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, size), StringComparison.Ordinal);
    }
}
