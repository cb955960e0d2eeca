using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Auto with real containers and real round trips: it settles on the deepest tier that the handshakes hide.</summary>
public sealed partial class AutoTierTests(ITestOutputHelper output)
{
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(700);

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Auto_At25Milliseconds_SettlesOnTheDeepestTierThatIsHidden(string runtime)
    {
        await using var containers = await ContainerEdge.StartAsync(runtime, TimeSpan.FromMilliseconds(25));

        var rounds = await RestUntilSteadyAsync(containers.Edge, "Paused");

        // The next deeper one, whose program must boot for 60 ms, was measured, and clients would notice it.
        var reason = (await RestAsync(containers.Edge)).Reason;
        output.WriteLine($"settled after {rounds} rounds: {reason}");
        var deeper = DeeperTakes().Match(reason);
        Assert.True(deeper.Success, reason);
        Assert.Equal("Initialized", deeper.Groups["tier"].Value);
        Assert.InRange(int.Parse(deeper.Groups["ms"].Value, CultureInfo.InvariantCulture), 55, 5000);
        Assert.InRange(await MedianPenaltyAsync(containers.Edge, "Paused"), 0, 3);
    }

    // Docker's start takes nearly as long as these handshakes here, so that the decision is anybody's.
    [LongFact]
    public async Task Auto_At250Milliseconds_SettlesOnStopped()
    {
        await using var containers = await ContainerEdge.StartAsync("Podman", TimeSpan.FromMilliseconds(250));

        var rounds = await RestUntilSteadyAsync(containers.Edge, "Stopped");

        output.WriteLine($"settled after {rounds} rounds: {(await RestAsync(containers.Edge)).Reason}");
        Assert.InRange(await MedianPenaltyAsync(containers.Edge, "Stopped"), 0, 3);
    }

    [GeneratedRegex("(?<tier>Stopped|Initialized) would take (?<ms>[0-9]+) ms", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeeperTakes();

    /// <summary>Uses the function and lets it rest, until it rested in a tier twice in a row without a probe in between or a further one to make.</summary>
    /// <returns>Returns how many rounds that took.</returns>
    private async Task<int> RestUntilSteadyAsync(Edge edge, string tier)
    {
        var same = 0;
        for (var round = 1; round <= 20; round++)
        {
            (await edge.GetAsync()).ThrowIfFailed();
            var probes = 0;
            await Eventually.True(async () =>
            {
                var (state, reason) = await RestAsync(edge);
                probes += reason.Contains("a probe", StringComparison.Ordinal) ? 1 : 0;
                return state is "Paused" or "Stopped" && !reason.Contains("a probe", StringComparison.Ordinal);
            });
            var (rests, why) = await RestAsync(edge);
            output.WriteLine($"{round}: {rests}, {why}");
            same = rests == tier && probes == 0 && !why.Contains("not measured yet", StringComparison.Ordinal) ? same + 1 : 0;
            if (same == 2)
            {
                return round - 2;
            }
        }

        throw new LabException($"It did not settle on {tier}: {(await RestAsync(edge)).Reason}");
    }

    private async Task<double> MedianPenaltyAsync(Edge edge, string tier)
    {
        for (var round = 0; round < 7; round++)
        {
            (await edge.GetAsync()).ThrowIfFailed();
            await Eventually.True(async () => await RestAsync(edge) is var (state, reason) && state is "Paused" or "Stopped" && !reason.Contains("a probe", StringComparison.Ordinal));
        }

        var starts = (await edge.Gateway.ColdStartsAsync("hello")).TakeLast(7).ToArray();
        output.WriteLine(string.Join('\n', starts.Select(start => $"{start.Tier} by {start.Signal}: ready {start.Phases["ready"] / 1000.0:0.0}, request {start.Phases["request"] / 1000.0:0.0}, penalty {start.Penalty / 1000.0:0.0} ms")));
        Assert.All(starts, start => Assert.Equal(tier, start.Tier));
        return starts.Select(start => start.Penalty!.Value / 1000.0).Order().ElementAt(3);
    }

    private static async Task<(string State, string Reason)> RestAsync(Edge edge)
    {
        var function = JsonDocument.Parse(await edge.Gateway.Admin.GetStringAsync("/api/functions/hello")).RootElement;
        var rest = function.GetProperty("rest");
        return (function.GetProperty("state").GetString()!, rest.ValueKind == JsonValueKind.Null ? "" : rest.GetProperty("reason").GetString()!);
    }

    /// <summary>An edge whose function is a container of the sample that rests by <c>Auto</c>.</summary>
    private sealed class ContainerEdge(IAsyncDisposable engine, Edge edge) : IAsyncDisposable
    {
        private static readonly Dictionary<string, string> Files = [];

        public Edge Edge => edge;

        public static async Task<ContainerEdge> StartAsync(string runtime, TimeSpan roundTrip)
        {
            Files["/hello"] = await HelloSample.BuildAsync();
            var lab = await LabNetwork.CreateAsync(roundTrip);
            var (engine, endpoint) = await EngineAsync(runtime, lab);
            var hello = new JsonObject
            {
                ["Runtime"] = runtime,
                ["Image"] = "hello:1",
                ["Network"] = "host",
                ["Port"] = 8080,
                ["Environment"] = new JsonObject { ["BOOT_MS"] = "60" },
                ["Listen"] = new JsonArray($"https://*:{Edge.HttpsPort}"),
                ["Idle"] = new JsonObject { ["After"] = After.ToString(), ["Tier"] = "Auto" },
            };
            var gateway = new JsonObject { [runtime] = new JsonObject { ["Endpoint"] = endpoint.ToString() } };
            return new ContainerEdge(engine, await Edge.StartAsync(lab, new JsonObject { ["hello"] = hello }, gateway));
        }

        public async ValueTask DisposeAsync()
        {
            await edge.DisposeAsync();
            await engine.DisposeAsync();
        }

        private static async Task<(IAsyncDisposable Engine, Uri Endpoint)> EngineAsync(string runtime, LabNetwork lab)
        {
            if (runtime == "Podman")
            {
                var podman = await PodmanEngine.StartAsync(new PodmanEngineOptions { Namespace = lab.Server });
                await podman.ImportImageAsync("hello:1", Files, ["/hello"]);
                return (podman, podman.Endpoint);
            }

            var docker = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = lab.Server });
            await docker.ImportImageAsync("hello:1", Files, ["/hello"]);
            return (docker, docker.Endpoint);
        }
    }
}
