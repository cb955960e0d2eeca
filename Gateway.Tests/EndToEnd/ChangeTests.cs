using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Several instances under load while their options change, while they are put to sleep and while single ones are killed: every
/// answer is the function's own, or says that its program died with the request.
/// </summary>
[SideBySide]
public sealed class ChangeTests(ITestOutputHelper output)
{
    private const int Instances = 3;
    private const int Connections = 64;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DeathIsFelt = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<(long At, string Instance)> _kills = new();
    private readonly ConcurrentQueue<(long Began, long Ended, string Method)> _lost = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long _answers;

    [Fact]
    public async Task Requests_ThroughChangesSleepsAndKills_AreAnsweredByTheFunction()
    {
        var length = LongRun.IsOn ? Long : Short;
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 20);
        hello["Scale"] = new JsonObject { ["Max"] = Instances, ["Concurrency"] = 8 };
        await using var edge = await Edge.StartAsync(
            TimeSpan.Zero, _ => new JsonObject { ["hello"] = hello }, new JsonObject { ["Budget"] = new JsonObject { ["PerFunctionPerMinute"] = 100_000, ["PerMinute"] = 100_000 } });
        using var client = edge.Network.Client.CreateHttpClient(configure: handler => handler.MaxConnectionsPerServer = Connections);
        client.BaseAddress = new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/");
        using var over = new CancellationTokenSource();

        var asking = Enumerable.Range(0, Connections).Select(number => Task.Run(() => AskAsync(client, number, over.Token))).ToArray();
        var changes = await ChangeAsync(edge, length);
        await over.CancelAsync();
        await Task.WhenAll(asking);

        output.WriteLine($"{_answers} answers of {_seen.Count} instances through {changes} changes and sleeps and {_kills.Count} kills; {_lost.Count} told that their program had died");
        foreach (var reason in edge.Gateway.Log.Where(line => line.Contains("was not answered well", StringComparison.Ordinal)).GroupBy(line => string.Concat(line[(line.IndexOf("well", StringComparison.Ordinal) + 5)..].Where(c => !char.IsAsciiDigit(c)))))
        {
            output.WriteLine($"{reason.Count()}: {reason.Key}");
        }

        Assert.True(_wrong.IsEmpty, string.Join('\n', _wrong.Take(10)));
        Assert.True(_seen.Count > Instances);
        Assert.All(_lost, lost => Assert.Contains(_kills, kill => kill.At <= lost.Ended && lost.Began <= kill.At + (DeathIsFelt.TotalSeconds * Stopwatch.Frequency)));
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].InFlight == 0);
        Assert.DoesNotContain(edge.Gateway.Log, line => line.Contains("requests in flight", StringComparison.Ordinal) || line.Contains("could not follow", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(24, 4, 1, false)]
    [InLongRuns(24, 4, 1, true)]
    [InLongRuns(30, 6, 10, false)]
    public async Task Requests_MoreThanTheInstancesAreFor_GetAsManyAsTheyAreWorth(int requests, int max, int concurrency, bool isWarm)
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 50);
        hello["Scale"] = new JsonObject { ["Max"] = max, ["Concurrency"] = concurrency };
        await using var edge = await Edge.StartAsync(TimeSpan.Zero, _ => new JsonObject { ["hello"] = hello });
        using var client = edge.Network.Client.CreateHttpClient();
        client.BaseAddress = new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/");
        if (isWarm)
        {
            await client.GetStringAsync("/");
        }

        var began = Stopwatch.GetTimestamp();
        var slow = Enumerable.Range(0, requests).Select(_ => client.GetStringAsync("/slow?ms=8000")).ToArray();

        var wanted = Math.Min(max, (requests + concurrency - 1) / concurrency);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].Instances.Count(one => one.GetProperty("state").GetString() == "Running") == wanted);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(7));
        Assert.All(await Task.WhenAll(slow), answer => Assert.Equal("slow\n", answer));
        Assert.Equal(wanted, (await edge.Gateway.FunctionsAsync())[0].Instances.Count);
    }

    private async Task AskAsync(HttpClient client, int number, CancellationToken over)
    {
        for (var turn = 0; !over.IsCancellationRequested; turn++)
        {
            var body = ((number + turn) % 3) switch { 0 => null, 1 => $"{number} {turn}", _ => "" };
            var path = body is null ? "/slow?ms=5" : "/echo";
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = string.IsNullOrEmpty(body) ? null : new StringContent(body) };
            var began = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await client.SendAsync(request, CancellationToken.None);
                Judge(answer, await answer.Content.ReadAsStringAsync(CancellationToken.None), request.Method.Method, body ?? "slow", began);
            }
            catch (HttpRequestException error)
            {
                _wrong.Enqueue($"{request.Method} {path}: {error.Message} {error.InnerException?.Message}");
            }
        }
    }

    private void Judge(HttpResponseMessage answer, string text, string method, string expected, long began)
    {
        Interlocked.Increment(ref _answers);
        if (answer.StatusCode == HttpStatusCode.OK && answer.Headers.TryGetValues("X-Instance", out var instance) && text.TrimEnd('\n') == expected)
        {
            _seen[instance.Single()] = began;
        }
        else if (answer.StatusCode == HttpStatusCode.BadGateway && !answer.Headers.Contains("X-Instance"))
        {
            _lost.Enqueue((began, Stopwatch.GetTimestamp(), method));
        }
        else
        {
            _wrong.Enqueue($"{method}: {(int)answer.StatusCode} '{text}' where '{expected}' was right");
        }
    }

    private async Task<int> ChangeAsync(Edge edge, TimeSpan length)
    {
        var random = new Random(1);
        var changes = 0;
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < length;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 400)), TimeProvider.System);
            switch (random.Next(3))
            {
                case 0:
                    var settings = edge.Settings;
                    settings["Gateway"]!["Functions"]!["hello"]!["Environment"]!["TURN"] = $"{++changes}";
                    edge.Gateway.UpdateSettings(settings);
                    break;
                case 1:
                    changes++;
                    await edge.SleepAsync();
                    break;
                default:
                    KillOne();
                    break;
            }
        }

        return changes;
    }

    // The one that answered last, most likely: it is in use.
    private void KillOne()
    {
        if (_seen.OrderByDescending(seen => seen.Value).FirstOrDefault().Key is not { } instance)
        {
            return;
        }

        try
        {
            var pid = int.Parse(instance.Split('-')[0], CultureInfo.InvariantCulture);
            using var program = Process.GetProcessById(pid);
            if (program.ProcessName == "hello")
            {
                _kills.Enqueue((Stopwatch.GetTimestamp(), instance));
                program.Kill();
            }
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
