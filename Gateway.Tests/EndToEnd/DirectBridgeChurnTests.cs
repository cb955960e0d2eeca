using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A container on a bridge that wakes, gets its connections from the kernel and rests, over and over, while clients outside come at random times: none is refused or reset.</summary>
public sealed class DirectBridgeChurnTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    [Fact]
    public Task Rounds_LoseNoConnection() => RunAsync(15);

    // It takes minutes.
    [LongFact]
    public Task HundredsOfRounds_LoseNoConnection() => RunAsync(300);

    private async Task RunAsync(int rounds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60 + (rounds * 3)));
        using var clients = await OutsideClients.CreateAsync(Engines);
        await clients.ImportAsync("Docker");
        await StartAsync(("churn", OutsideClients.Function("Docker", Listen, idleAfter: "00:00:00.100")));
        var (direct, all) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (Rested() < rounds)
            {
                using var socket = await clients.ConnectAsync(Listen, limit.Token);
                var isDirect = await PeerProgram.IsDirectAsync(socket, limit.Token);
                Interlocked.Add(ref direct, isDirect ? 1 : 0);
                Interlocked.Increment(ref all);
                // So long it is open, as a client's may be that has something else to do.
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(15)), TimeProvider.System, limit.Token);
                Assert.True(await PeerProgram.EchoesAsync(socket, $"{seed}", limit.Token));
                socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
                Assert.Equal(0, await socket.ReceiveAsync(new byte[1], limit.Token));
                // As often as not the next one comes while it is on its way to rest.
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(400)), TimeProvider.System, limit.Token);
            }
        })));

        TestContext.Current.SendDiagnosticMessage($"{all} connections, {direct} of them direct, {Rested()} rests");
        // How many depends on how long the rules take to be written on a busy machine: that is about as long as the function is up without a client.
        Assert.InRange(direct, 1, all);

        int Rested() => Gateway.Log.Count(static line => line.Contains("churn: ", StringComparison.Ordinal) && line.Contains("Stopped", StringComparison.Ordinal));
    }
}
