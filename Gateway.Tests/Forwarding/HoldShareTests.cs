using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Tests.Listening;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>What one client may use of the hold: places, bytes, and only as long as it is there. Finding D7.</summary>
[SideBySide]
public sealed class HoldShareTests(ITestOutputHelper output)
{
    private const int Greedy = 7;
    private const int Other = 8;

    [Fact]
    public async Task Places_OfOneClient_AreNeverAll()
    {
        await using var crowd = await StartAsync(hold: new JsonObject { ["MaxRequests"] = 40 });
        var held = new List<Socket>();
        try
        {
            for (var i = 0; i < 30; i++)
            {
                held.Add(await crowd.ConnectAsync(Greedy, say: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            }

            await HeldAsync(crowd, 20);
            await AssertRefusedAsync(crowd, Greedy, 429, "hold-client-share");
            Assert.Equal(11, (await crowd.Gateway.MetricsAsync()).Sum("gateway_hold_refused_total", ("function", "warm"), ("reason", "ClientShare")));

            // Another one has half of what is left, and so on: there is always a place for the next client.
            for (var i = 0; i < 12; i++)
            {
                held.Add(await crowd.ConnectAsync(Other, say: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            }

            await HeldAsync(crowd, 30);
            await AssertRefusedAsync(crowd, Other, 429, "hold-client-share");
            held.Add(await crowd.ConnectAsync(Other + 1, say: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            await HeldAsync(crowd, 31);

            // Places are given back with the connections.
            held.ForEach(static socket => socket.Dispose());
            await HeldAsync(crowd, 0);
        }
        finally
        {
            held.ForEach(static socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task MaxPerClient_AndTheLimitsOfAllFunctions_Hold()
    {
        await using var crowd = await StartAsync(hold: new JsonObject { ["MaxRequests"] = 40, ["MaxPerClient"] = 3 }, limits: new JsonObject { ["Held"] = 4 });
        var held = new List<Socket>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                held.Add(await crowd.ConnectAsync(Greedy, say: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            }

            await HeldAsync(crowd, 3);
            await AssertRefusedAsync(crowd, Greedy, 429, "hold-client-share");
            held.Add(await crowd.ConnectAsync(Other, say: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            await HeldAsync(crowd, 4);
            await AssertRefusedAsync(crowd, Other, 503, "hold-gateway-full");
        }
        finally
        {
            held.ForEach(static socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Bytes_OfOneClient_AreNeverAll()
    {
        // 64 KiB are read ahead of each of these at most, so that there are 64 in 4 MiB.
        const string Upload = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
        await using var crowd = await StartAsync(hold: [], limits: new JsonObject { ["HeldBytes"] = "4MiB" });
        var held = new List<Socket>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                held.Add(await crowd.ConnectAsync(Greedy, say: Upload));
            }

            await HeldAsync(crowd, 32);
            // What has no body, or a small one, costs nothing of it.
            held.Add(await crowd.ConnectAsync(Greedy, say: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            held.Add(await crowd.ConnectAsync(Other, say: Upload));
            await HeldAsync(crowd, 34);
        }
        finally
        {
            held.ForEach(static socket => socket.Dispose());
        }
    }

    // The end that the client sends is behind data that nobody reads, or overtakes it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientThatLeaves_BehindAFullBuffer_GivesItsPlaceBack(bool reset)
    {
        await using var crowd = await StartAsync(hold: []);
        var left = await crowd.ConnectAsync(Greedy, say: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
        // The server reads 64 KiB ahead; the rest is in its socket.
        await left.SendAsync(new byte[100_000]);
        await HeldAsync(crowd, 1);

        left.LingerState = new LingerOption(reset, 0);
        left.Dispose();

        await HeldAsync(crowd, 0);
    }

    // 1 MiB each was read ahead of the bodies of waiting requests.
    [Fact]
    public async Task Uploads_ThatWait_CostLittleMemory()
    {
        const int Uploads = 400;
        await using var crowd = await StartAsync(hold: []);
        var before = crowd.Memory();
        var held = new List<Socket>();
        try
        {
            for (var i = 0; i < Uploads; i++)
            {
                held.Add(await crowd.ConnectAsync(Greedy, say: $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n"));
            }

            await HeldAsync(crowd, Uploads);
            var data = new byte[2_000_000];
            using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);
            await Task.WhenAll(held.Select(socket => socket.SendAsync(data, enough.Token).AsTask())).ContinueWith(static _ => { }, TaskScheduler.Default);

            var more = crowd.Memory() - before;
            output.WriteLine($"{Uploads} uploads: {more >> 20} MiB");
            Assert.InRange(more, 0, 150L << 20);
            Assert.Equal(Uploads, (await crowd.Gateway.MetricsAsync()).Sum("gateway_held_requests", ("function", "warm")));
        }
        finally
        {
            held.ForEach(static socket => socket.Dispose());
        }
    }

    // A function that does not answer as long as a test lasts.
    private static Task<CrowdedGateway> StartAsync(JsonObject hold, JsonObject? limits = null) => CrowdedGateway.StartAsync(maxOpenFiles: null, limits, warm =>
    {
        warm["Environment"] = new JsonObject { ["BOOT_MS"] = "60000" };
        warm["Hold"] = hold;
    });

    private static Task HeldAsync(CrowdedGateway crowd, int count) =>
        Eventually.True(async () => (await crowd.Gateway.MetricsAsync()).Sum("gateway_held_requests", ("function", "warm")) == count, $"{count} requests that wait");

    private static async Task AssertRefusedAsync(CrowdedGateway crowd, int client, int status, string reason)
    {
        using var socket = await crowd.ConnectAsync(client, say: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"reason\":\"{reason}\"", answer, StringComparison.Ordinal);
    }
}
