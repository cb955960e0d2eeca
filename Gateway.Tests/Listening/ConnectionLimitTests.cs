using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Listening;

/// <summary>Clients with more connections than there are descriptors: the gateway goes on to answer everybody, and closes what is idle.</summary>
[SideBySide]
public sealed class ConnectionLimitTests(ITestOutputHelper output)
{
    /// <summary>Leaves some hundred connections for clients.</summary>
    private const int FewFiles = 640;

    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0";

    // Content type 22, TLS 1.0, 512 bytes, of which the first says ClientHello.
    private const string HalfHello = "\u0016\u0003\u0001\u0002\0\u0001";


    // Finding D1: 1,200 idle connections of one client, and 1,024 descriptors.
    [Fact]
    public async Task IdleConnections_OfEveryKind_LeaveRoomForEverybody()
    {
        await using var crowd = await CrowdedGateway.StartAsync(FewFiles);
        Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(1));
        var share = await ShareAsync(crowd);
        (string What, int Port, string Say)[] kinds =
        [
            ("nothing", CrowdedGateway.Warm, ""), ("half a head", CrowdedGateway.Warm, "GET / HTTP/1.1\r\nHost: a"), ("half a ClientHello", CrowdedGateway.Https, HalfHello),
            ("HTTP/2 without streams", CrowdedGateway.Warm, Preface), ("a request each", CrowdedGateway.Warm, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ];
        for (var client = 10; client < 10 + kinds.Length; client++)
        {
            var (what, port, say) = kinds[client - 10];
            var open = new List<Socket>();
            try
            {
                for (var i = 0; i < 4 * share; i++)
                {
                    try
                    {
                        open.Add(await crowd.ConnectAsync(client, port, say));
                    }
                    catch (SocketException)
                    {
                        // Refused: what it says has kept the others from being idle.
                    }
                }

                // The others first: what they get must not depend on that the client's own become idle.
                var began = Stopwatch.GetTimestamp();
                var metrics = await crowd.Gateway.MetricsAsync();
                Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
                Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(2));
                Assert.Equal("HTTP/1.1 200 OK", await crowd.WakeAsync(3));
                var connections = metrics.Sum("gateway_connections", ("kind", "client"));
                output.WriteLine($"{what}: {connections} of {open.Count}, {crowd.Descriptors().Length} files");
                Assert.InRange(connections, 1, share + 20);

                // It is its own idle connections that are closed for the client's next one.
                await Eventually.True(async () => await crowd.AskAsync(client) == "HTTP/1.1 200 OK", $"an answer to the client with {what}");
            }
            finally
            {
                open.ForEach(static socket => socket.Dispose());
            }
        }

        var end = await crowd.Gateway.MetricsAsync();
        Assert.InRange(end.Sum("gateway_connections_closed_total", ("cause", "ClientShare")), 3 * share, double.MaxValue);
        Assert.InRange(end.Sum("gateway_connections_closed_total", ("cause", "ClientShare")) + end.Sum("gateway_connections_refused_total", ("cause", "ClientShare")), 3 * kinds.Length * share, double.MaxValue);
        // Each of them is no line of the log, and none is a stack trace.
        Assert.InRange(crowd.Gateway.Log.Count(static line => !line.Contains(" info: ", StringComparison.Ordinal)), 1, 20);
    }

    [Fact]
    public async Task ConnectionsInUse_AreKept_AndTheNextOneIsRefused()
    {
        await using var crowd = await CrowdedGateway.StartAsync(maxOpenFiles: null, new JsonObject { ["Connections"] = 40, ["ConnectionsPerClient"] = 10 });
        Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(1));
        var slow = new List<Socket>();
        try
        {
            for (var i = 0; i < 10; i++)
            {
                slow.Add(await crowd.ConnectAsync(2, say: "GET /slow?ms=2000 HTTP/1.1\r\nHost: a\r\n\r\n"));
            }

            await Eventually.True(async () => (await crowd.Gateway.FunctionsAsync()).Single(function => function.Name == "warm").InFlight == 10);

            Assert.NotEqual("HTTP/1.1 200 OK", await crowd.AskAsync(2));
            Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(3));
            Assert.All(await Task.WhenAll(slow.Select(ReadAsync)), static line => Assert.Equal("HTTP/1.1 200 OK", line));
            // Now they are idle, and give way.
            Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(2));
            Assert.True((await crowd.Gateway.MetricsAsync()).Sum("gateway_connections_refused_total", ("cause", "ClientShare")) >= 1);
        }
        finally
        {
            slow.ForEach(static socket => socket.Dispose());
        }

        static async Task<string> ReadAsync(Socket socket)
        {
            var buffer = new byte[4096];
            return System.Text.Encoding.Latin1.GetString(buffer, 0, await socket.ReceiveAsync(buffer)).Split('\r')[0];
        }
    }

    [Fact]
    public async Task FullHouse_ClosesConnectionsOfTheClientThatHasMost_AndFollowsAReload()
    {
        await using var crowd = await CrowdedGateway.StartAsync(maxOpenFiles: null, new JsonObject { ["Connections"] = 40, ["ConnectionsPerClient"] = 40 });
        var open = new List<Socket>();
        try
        {
            for (var i = 0; i < 30; i++)
            {
                open.Add(await crowd.ConnectAsync(9));
                Assert.Equal("HTTP/1.1 200 OK", await CrowdedGateway.GetAsync(open[^1]));
            }

            var others = new List<Socket>();
            for (var client = 20; client < 40; client++)
            {
                others.Add(await crowd.ConnectAsync(client));
                open.Add(others[^1]);
                Assert.Equal("HTTP/1.1 200 OK", await CrowdedGateway.GetAsync(others[^1]));
            }

            Assert.All(await Task.WhenAll(others.Select(static socket => CrowdedGateway.GetAsync(socket))), static line => Assert.Equal("HTTP/1.1 200 OK", line));
            Assert.Equal("closed", await CrowdedGateway.GetAsync(open[0]));
            Assert.Equal("HTTP/1.1 200 OK", await CrowdedGateway.GetAsync(open[29]));

            crowd.Settings["Gateway"]!["Limits"] = new JsonObject { ["Connections"] = 20 };
            crowd.Gateway.UpdateSettings(crowd.Settings);
            await Eventually.True(async () => (await crowd.Gateway.MetricsAsync()).Sum("gateway_connection_limit") == 20);
            Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(50));
            await Eventually.True(async () =>
            {
                _ = await crowd.AskAsync(50);
                return (await crowd.Gateway.MetricsAsync()).Sum("gateway_connections", ("kind", "client")) <= 20;
            });
        }
        finally
        {
            open.ForEach(static socket => socket.Dispose());
        }
    }

    // Others of the process use descriptors too. Then the system refuses an accept, which must not be tried in a loop. Beside many other tests it
    // failed twice, for a cause that is not found (no client was answered any more); alone it has not.
    [LongFact]
    public async Task NoDescriptorIsLeft_IdleConnectionsGiveWay_AndNothingSpins()
    {
        await using var crowd = await CrowdedGateway.StartAsync(FewFiles);
        Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(1));
        var idle = new List<Socket>();
        try
        {
            // No number is left but those of eight connections, and the few that lie between.
            for (var client = 10; client < 18; client++)
            {
                idle.Add(await crowd.ConnectAsync(client));
                Assert.Equal("HTTP/1.1 200 OK", await CrowdedGateway.GetAsync(idle[^1]));
            }

            await LimitFilesAsync(crowd, crowd.Descriptors()[^1] + 1);
            for (var client = 20; client < 40; client++)
            {
                idle.Add(CrowdedGateway.Socket(crowd.Space, client));
                try
                {
                    await idle[^1].ConnectAsync(new IPEndPoint(IPAddress.Loopback, CrowdedGateway.Warm));
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // It has given way to the next one already, before its client has seen that it is open.
                }
            }

            // While the others are still being accepted, each accept takes the place of the oldest connection, so it may have to ask again.
            await Eventually.True(async () => await crowd.AskAsync(6) == "HTTP/1.1 200 OK", "an answer to another client");
            Assert.InRange((await crowd.Gateway.MetricsAsync()).Sum("gateway_connections_closed_total", ("cause", "Descriptors")), 1, 40);

            // Now there is nothing to close, and the connection waits.
            idle.ForEach(static socket => socket.Dispose());
            await Eventually.True(async () => (await crowd.Gateway.MetricsAsync()).Sum("gateway_connections", ("kind", "client")) == 0);
            await LimitFilesAsync(crowd, crowd.Descriptors().TakeWhile(static (number, index) => number == index).Count());
            var waiting = crowd.AskAsync(7);
            using var gateway = Process.GetProcessById(crowd.Gateway.ProcessId);
            var before = gateway.TotalProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            gateway.Refresh();
            Assert.InRange(gateway.TotalProcessorTime - before, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
            Assert.False(waiting.IsCompleted);

            await LimitFilesAsync(crowd, FewFiles);
            Assert.Equal("HTTP/1.1 200 OK", await waiting);
        }
        finally
        {
            idle.ForEach(static socket => socket.Dispose());
        }
    }

    // What issue 12 asks to be shown: ./test --long -method '*OneClientTriesThousands*' does so at full size.
    [Fact]
    public async Task OneClientTriesThousands_AdminAndOthersAreAnswered_AndMemoryStays()
    {
        var (slots, length) = LongRun.IsOn ? (5000, TimeSpan.FromSeconds(60)) : (600, TimeSpan.FromSeconds(4));
        await using var crowd = await CrowdedGateway.StartAsync(LongRun.IsOn ? 1024 : FewFiles);
        Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(1));
        using var end = new CancellationTokenSource(length, TimeProvider.System);
        var attack = Task.Run(() => AttackAsync(crowd, slots, end.Token));
        var (slowest, rounds, memory) = (TimeSpan.Zero, 0, new List<long>());
        for (; !end.IsCancellationRequested; rounds++)
        {
            var began = Stopwatch.GetTimestamp();
            _ = await crowd.Gateway.MetricsAsync();
            var elapsed = Stopwatch.GetElapsedTime(began);
            slowest = elapsed > slowest ? elapsed : slowest;
            Assert.Equal("HTTP/1.1 200 OK", await crowd.AskAsync(2));
            Assert.Equal("HTTP/1.1 200 OK", await crowd.WakeAsync(3));
            memory.Add(crowd.Memory());
        }

        var tries = await attack;
        var half = memory.Take(memory.Count / 2).Max();
        output.WriteLine($"{tries} connections tried, {rounds} rounds; /metrics in {slowest.TotalMilliseconds:0} ms at most; memory {memory[0] >> 20} MiB, {half >> 20} in the first half, {memory[^1] >> 20} at the end; {crowd.Descriptors().Length} files");
        Assert.InRange(slowest, TimeSpan.Zero, LongRun.IsOn ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(5));
        Assert.InRange(memory[^1] - half, long.MinValue, 32 << 20);
    }

    // Keeps as many connections open as there are slots, and tries each again a second after it was closed or refused. Returns how many were tried.
    private static async Task<int> AttackAsync(CrowdedGateway crowd, int slots, CancellationToken end)
    {
        // A thread of its own inside the namespace, so that the others do not wait for it.
        using var space = NetworkNamespace.Open(crowd.Space.Path);
        // Not disposed, because a slot may still come back.
        var free = new SemaphoreSlim(slots);
        var tries = 0;
        for (; !end.IsCancellationRequested; tries++)
        {
            await free.WaitAsync(end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ = TryAsync(CrowdedGateway.Socket(space, client: 9), free, end);
        }

        return tries;
    }

    private static async Task TryAsync(Socket socket, SemaphoreSlim free, CancellationToken end)
    {
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, CrowdedGateway.Warm), end);
            _ = await socket.ReceiveAsync(new byte[1], end);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // Refused, or closed by a reset, or the attack is over.
        }

        socket.Dispose();
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        free.Release();
    }

    private static async Task<int> ShareAsync(CrowdedGateway crowd) => (int)(await crowd.Gateway.MetricsAsync()).Sum("gateway_connection_limit") / 4;

    private static async Task LimitFilesAsync(CrowdedGateway crowd, int files) => (await Command.ExecuteAsync(new LabProcessOptions
    {
        FileName = "prlimit",
        Arguments = ["--pid", $"{crowd.Gateway.ProcessId}", $"--nofile={files}:"],
    })).ThrowIfFailed();
}
