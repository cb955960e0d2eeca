using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The product's claim over a real link, with curl as the client: a SYN starts the function while the handshake runs.</summary>
public sealed class ColdStartTests(ITestOutputHelper output)
{
    private const int Rounds = 7;

    [Fact]
    public async Task ColdRequest_WokenBySyn_IsAsFastAsWarm()
    {
        var (cold, warm, starts) = await MeasureAsync("Syn", TimeSpan.FromMilliseconds(100), bootMilliseconds: 150);

        Assert.InRange(cold - warm, double.NegativeInfinity, 10);
        Assert.All(starts, start =>
        {
            Assert.Equal("Syn", start.Signal);
            Assert.Equal("Served", start.Outcome);
            Assert.Equal(start.Phases["ready"], start.Hidden);
            Assert.Equal(0, start.Penalty);
        });
    }

    [Fact]
    public async Task ColdRequest_WokenByRequest_WaitsForTheBoot()
    {
        var (cold, warm, starts) = await MeasureAsync("Request", TimeSpan.FromMilliseconds(100), bootMilliseconds: 150);

        Assert.InRange(cold - warm, 140, 400);
        Assert.All(starts, start =>
        {
            Assert.Equal("Request", start.Signal);
            Assert.Equal(0, start.Hidden);
            Assert.InRange(start.Penalty!.Value, 140_000, 400_000);
        });
    }

    [Fact]
    public async Task ColdRequest_WokenByClientHelloOnSharedAddress_HidesOneRoundTrip()
    {
        var (cold, warm, starts) = await MeasureAsync("ClientHello", TimeSpan.FromMilliseconds(100), bootMilliseconds: 50, port: Edge.SharedPort);

        Assert.InRange(cold - warm, double.NegativeInfinity, 10);
        Assert.All(starts, start => Assert.Equal("ClientHello", start.Signal));
    }

    private async Task<(double Cold, double Warm, IReadOnlyList<ColdStart> Starts)> MeasureAsync(
        string wakeOn, TimeSpan roundTrip, int bootMilliseconds, int port = Edge.HttpsPort)
    {
        var hello = await Edge.HelloAsync(wakeOn, bootMilliseconds);
        await using var edge = await Edge.StartAsync(roundTrip, _ => new JsonObject { ["hello"] = hello });
        List<double> cold = [];
        List<double> warm = [];
        for (var round = 0; round < Rounds; round++)
        {
            await edge.SleepAsync();
            cold.Add(await TimeToFirstByteAsync(edge, port));
            warm.Add(await TimeToFirstByteAsync(edge, port));
        }

        var starts = await edge.Gateway.ColdStartsAsync("hello");
        output.WriteLine($"cold {string.Join(' ', cold.Select(ms => ms.ToString("0.0")))}\nwarm {string.Join(' ', warm.Select(ms => ms.ToString("0.0")))}");
        Assert.Equal(Rounds, starts.Count);
        return (Median(cold), Median(warm), starts);
    }

    private static async Task<double> TimeToFirstByteAsync(Edge edge, int port)
    {
        var result = (await edge.GetAsync(port: port, tls: TlsVersion.Tls13)).ThrowIfFailed();
        Assert.Equal(200, result.HttpCode);
        return result.StartTransfer;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
