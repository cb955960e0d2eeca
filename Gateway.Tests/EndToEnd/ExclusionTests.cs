using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions of which only one may have a program. Each program takes the same lock, and ends if another one has it.</summary>
[SideBySide]
public sealed class ExclusionTests : IAsyncLifetime
{
    private const int OtherPort = 8091;

    private readonly OpenFolder _folder = new();
    private string _hello = "";

    private string Device { get; set; } = "";

    public async ValueTask InitializeAsync()
    {
        Device = _folder.Add("device");
        _hello = await HelloSample.BuildAsync();
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("Stopped")]
    [InLongRuns("Paused")]
    [InlineData("Initialized")]
    public async Task Unused_MakesRoomAtOnce_WhicheverSaysSo(string tier)
    {
        await using var edge = await StartAsync(tier);

        foreach (var port in (int[])[Edge.HttpPort, OtherPort, Edge.HttpPort])
        {
            Assert.Equal(200, (await edge.GetAsync(port: port)).ThrowIfFailed().HttpCode);
            await Eventually.True(async () => tier == "Stopped" || (await edge.Gateway.FunctionsAsync()).Any(function => function.State == tier));
        }

        var states = (await edge.Gateway.FunctionsAsync()).ToDictionary(function => function.Name, function => function.State);
        Assert.Equal(tier == "Initialized" ? tier : "Stopped", states["other"]);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("other: ", StringComparison.Ordinal) && line.Contains("A function that it excludes is wanted.", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Used_MakesRoomWhenItsRequestHasEnded()
    {
        await using var edge = await StartAsync("Stopped");

        var first = edge.GetAsync("/slow?ms=6000", Edge.HttpPort);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).Single(function => function.Name == "hello").State == "Running");
        var second = edge.GetAsync("/slow?ms=50", OtherPort);

        Assert.Equal(200, (await first).ThrowIfFailed().HttpCode);
        Assert.Equal(200, (await second).ThrowIfFailed().HttpCode);
        Assert.DoesNotContain(edge.Gateway.Log, line => line.Contains("could not be started", StringComparison.Ordinal));
    }

    [Theory]
    [InLongRuns("Stopped")]
    [InlineData("Initialized")]
    public async Task BothInDemand_TakeTurnsAndNoRequestIsLost(string tier)
    {
        await using var edge = await StartAsync(tier);
        using var over = new CancellationTokenSource();

        var asking = ((int[])[Edge.HttpPort, OtherPort, Edge.HttpPort, OtherPort]).Select(port => AskAsync(edge, port, over.Token)).ToArray();
        await Eventually.True(() => edge.Gateway.Log.Count(line => line.Contains("A function that it excludes is wanted.", StringComparison.Ordinal)) >= 2);
        await over.CancelAsync();

        Assert.All(await Task.WhenAll(asking), codes => Assert.All(codes, code => Assert.Equal(200, code)));
        Assert.DoesNotContain(edge.Gateway.Log, line => line.Contains("could not be started", StringComparison.Ordinal));
    }

    private static async Task<List<int>> AskAsync(Edge edge, int port, CancellationToken over)
    {
        var codes = new List<int>();
        while (!over.IsCancellationRequested)
        {
            codes.Add((await edge.GetAsync("/slow?ms=20", port)).ThrowIfFailed().HttpCode);
        }

        return codes;
    }

    private Task<Edge> StartAsync(string tier)
    {
        var (one, other) = (Program(Edge.HttpPort, tier), Program(OtherPort, tier));
        one["Excludes"] = new JsonArray("other");
        return Edge.StartAsync(TimeSpan.Zero, _ => new JsonObject { ["hello"] = one, ["other"] = other });
    }

    private JsonObject Program(int listen, string tier) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray("/usr/bin/flock", "--nonblock", "--no-fork", Device, _hello),
        ["Listen"] = new JsonArray($"{(listen == OtherPort ? "https" : "http")}://*:{listen}"),
        ["Idle"] = new JsonObject { ["Tier"] = tier, ["After"] = tier == "Paused" ? "00:00:01.5" : "00:05:00" },
    };
}
