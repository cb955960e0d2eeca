using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A function that wakes, gets its connections from the kernel and rests, over and over, while clients come at random times: none is refused or reset.</summary>
public sealed class DirectChurnTests
{
    private const int Port = 7150;

    [Fact]
    public Task Rounds_LoseNoConnection() => RunAsync(60);

    // It takes minutes.
    [LongFact]
    public Task ThousandRounds_LoseNoConnection() => RunAsync(1000);

    private static async Task RunAsync(int rounds)
    {
        using var space = NetworkNamespace.Create();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30 + rounds));
        var settings = new JsonObject { ["Gateway"] = new JsonObject { ["Functions"] = new JsonObject { ["churn"] = PeerProgram.Function(Port, idleAfter: "00:00:00.020") } } };
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings });
        var (direct, all) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (Rested() < rounds)
            {
                using var socket = await space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), limit.Token);
                var isDirect = await PeerProgram.IsDirectAsync(socket, limit.Token);
                Interlocked.Add(ref direct, isDirect ? 1 : 0);
                Interlocked.Increment(ref all);
                // So long it is open, as a client's may be that has something else to do.
                await Task.Delay(random.Next(15), limit.Token);
                Assert.True(await PeerProgram.EchoesAsync(socket, $"{seed}", limit.Token));
                socket.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, await socket.ReceiveAsync(new byte[1], limit.Token));
                // As often as not the next one comes while it is on its way to rest.
                await Task.Delay(random.Next(120), limit.Token);
            }
        })));

        TestContext.Current.SendDiagnosticMessage($"{all} connections, {direct} of them direct, {Rested()} rests");
        Assert.InRange(direct, all / 20, all);

        int Rested() => gateway.Log.Count(static line => line.Contains("churn: ", StringComparison.Ordinal) && line.Contains("Stopped", StringComparison.Ordinal));
    }
}
