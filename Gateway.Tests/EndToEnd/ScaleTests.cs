using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Several instances of one function as clients see them: steps, limits, queues, and the way back.</summary>
[SideBySide]
public sealed class ScaleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Step_OfAFunctionAtRest_StartsSeveralAtOnceAndNoneHasMoreThanTheLimit()
    {
        await using var edge = await StartAsync(boot: 300, new JsonObject { ["Max"] = 4, ["Concurrency"] = 5, ["ConcurrencyLimit"] = 5 });
        using var client = Client(edge);

        var answers = Enumerable.Range(0, 60).Select(_ => AskAsync(client, "/slow?ms=100")).ToArray();
        await Eventually.True(async () => await InstancesAsync(edge) == 4);
        var all = await Task.WhenAll(answers);

        Assert.All(all, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(all, answer => Assert.InRange(answer.Most, 1, 5));
        Assert.Equal(4, all.Select(answer => answer.Instance).Distinct().Count());
        // They wait for each other as little as can be: all places are used.
        Assert.All(all.GroupBy(answer => answer.Instance), of => Assert.Equal(5, of.Max(answer => answer.Most)));
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal((4, 60), (metrics.Sum("gateway_scale_desired", ("function", "hello")), metrics.Sum("gateway_hold_seconds_count", ("function", "hello"))));
        await edge.Gateway.WaitForLogAsync(line => line.Contains("its instances go from 3 to 4.", StringComparison.Ordinal) && line.Contains("wait for its start", StringComparison.Ordinal), Patience);
        var scale = (await ViewAsync(edge)).GetProperty("scale");
        Assert.Equal((4, 4), (scale.GetProperty("desired").GetInt32(), scale.GetProperty("ready").GetInt32()));
    }

    [Fact]
    public async Task ConcurrencyLimit_OneInstance_AnswersInOrderAndToldWhoWaitsInVain()
    {
        await using var edge = await StartAsync(boot: 0, new JsonObject { ["ConcurrencyLimit"] = 1 }, new JsonObject { ["Timeout"] = "00:00:02", ["MaxRequests"] = 10 });
        using var client = Client(edge);
        await AskAsync(client, "/");
        var first = AskAsync(client, "/slow?ms=600");
        await Eventually.True(async () => await InFlightAsync(edge) == 1);
        ConcurrentQueue<int> order = [];
        List<Task> waiting = [];

        async Task AskInTurnAsync(int number)
        {
            var answer = await AskAsync(client, "/slow?ms=20");
            order.Enqueue(answer.Status == HttpStatusCode.OK ? number : -1);
        }

        for (var i = 0; i < 4; i++)
        {
            waiting.Add(AskInTurnAsync(i));
            var inFlight = i + 2;
            await Eventually.True(async () => await InFlightAsync(edge) == inFlight);
        }

        await Task.WhenAll(waiting);
        Assert.Equal(1, (await first).Most);
        Assert.Equal([0, 1, 2, 3], order);

        var stream = client.GetAsync(new Uri("/stream?n=1000&ms=50", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using (await stream)
        {
            using var vain = await client.GetAsync("/");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "no-place"), (vain.StatusCode, (await vain.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("reason").GetString()));
            // A client that leaves gives its turn to the next one.
            using var impatient = new CancellationTokenSource();
            var left = client.GetAsync("/", impatient.Token);
            await Eventually.True(async () => await InFlightAsync(edge) == 2);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
            await Eventually.True(async () => await InFlightAsync(edge) == 1);
        }

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(client, "/")).Status);
    }

    [Fact]
    public async Task ConcurrencyLimit_WebSocket_HasAPlaceUntilItCloses()
    {
        await using var edge = await StartAsync(boot: 0, new JsonObject { ["ConcurrencyLimit"] = 1 });
        using var client = Client(edge);
        using var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => new System.Net.Sockets.NetworkStream(await edge.Network.Client.ConnectAsync(new(edge.Network.Link.Server.Address, Edge.HttpPort), token), ownsSocket: true),
        });
        await socket.ConnectAsync(new Uri($"ws://{Edge.Host}:{Edge.HttpPort}/ws"), invoker, CancellationToken.None);

        var waiting = AskAsync(client, "/");
        await Eventually.True(async () => await InFlightAsync(edge) == 2);
        Assert.False(waiting.IsCompleted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        var answer = await waiting.WaitAsync(Patience, TimeProvider.System);
        Assert.Equal((HttpStatusCode.OK, 1), (answer.Status, answer.Most));
    }

    [Fact]
    public async Task ScaleIn_UnderLoad_LosesNoRequest()
    {
        await using var edge = await StartAsync(boot: 20, Quick(max: 4, concurrency: 4));
        using var client = Client(edge);
        using var over = new CancellationTokenSource();
        var many = 24;
        var asked = 0;
        ConcurrentQueue<HttpStatusCode> wrong = [];

        async Task KeepAskingAsync(int number)
        {
            while (number < Volatile.Read(ref many) && !over.IsCancellationRequested)
            {
                var answer = await AskAsync(client, number % 2 == 0 ? "/slow?ms=30" : "/stream?n=3&ms=10");
                Interlocked.Increment(ref asked);
                if (answer.Status != HttpStatusCode.OK)
                {
                    wrong.Enqueue(answer.Status);
                }
            }
        }

        var asking = Enumerable.Range(0, many).Select(number => Task.Run(() => KeepAskingAsync(number))).ToArray();
        await Eventually.True(async () => await InstancesAsync(edge) == 4);
        Volatile.Write(ref many, 2);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].Instances.Count == 1, "the others have left");

        // Up again, and by a reload to two at once.
        Volatile.Write(ref many, 24);
        asking = [.. asking, .. Enumerable.Range(2, many - 2).Select(number => Task.Run(() => KeepAskingAsync(number)))];
        await Eventually.True(async () => await InstancesAsync(edge) == 4);
        var settings = edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Scale"]!["Max"] = 2;
        edge.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].Instances.Count == 2, "two have left");

        await over.CancelAsync();
        await Task.WhenAll(asking);
        Assert.Empty(wrong);
        Assert.True(asked > 100);
        Assert.DoesNotContain(edge.Gateway.Log, line => line.Contains("requests in flight, which took too long", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MinAndActivation_AreKeptAndStartedWith()
    {
        var scale = Quick(max: 5, concurrency: 10);
        (scale["Min"], scale["Activation"]) = (2, 3);
        await using var edge = await StartAsync(boot: 20, scale);
        await Eventually.True(async () => await InstancesAsync(edge) == 2);

        await edge.SleepAsync();
        // What Scale:Min keeps comes back by itself; the third one is wanted by who wakes a function at rest.
        await Eventually.True(async () => await InstancesAsync(edge) == 2);
        scale = (JsonObject)scale.DeepClone();
        scale["Min"] = 0;
        var settings = edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Scale"] = scale;
        edge.Gateway.UpdateSettings(settings);
        // Until the function has the new options, what Scale:Min keeps comes back.
        await Eventually.True(
            async () =>
            {
                await edge.SleepAsync();
                return (await edge.Gateway.FunctionsAsync())[0].State == "Stopped";
            },
            "it rests");
        using var client = Client(edge);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(client, "/")).Status);

        await edge.Gateway.WaitForLogAsync(line => line.Contains("its instances go from 1 to 3.", StringComparison.Ordinal), Patience);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].Instances.Count == 1, "after the window one is enough");
    }

    [Fact]
    public async Task Sessions_TheirInstanceIsFull_WaitForIt()
    {
        await using var edge = await StartAsync(boot: 20, new JsonObject { ["Min"] = 2, ["Max"] = 2, ["ConcurrencyLimit"] = 1 }, cluster: new JsonObject
        {
            ["SessionAffinity"] = new JsonObject { ["Enabled"] = true, ["Policy"] = "Cookie", ["AffinityKeyName"] = "where" },
        });
        await Eventually.True(async () => await InstancesAsync(edge) == 2);
        using var client = Client(edge, cookies: true);
        var mine = (await AskAsync(client, "/")).Instance;

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AskAsync(client, "/slow?ms=50")));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, mine, 1), (answer.Status, answer.Instance, answer.Most)));
    }

    [Fact]
    public async Task TakeOver_SeveralRun_KeepsThemAll()
    {
        await using var edge = await StartAsync(boot: 20, new JsonObject { ["Max"] = 3, ["Concurrency"] = 2, ["ConcurrencyLimit"] = 2 });
        using var client = Client(edge);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => AskAsync(client, "/slow?ms=100")));
        await Eventually.True(async () => await InstancesAsync(edge) == 3);
        var before = await IdsAsync(edge);

        await using var first = edge.Gateway;
        edge.Follow(edge.LaunchNext("--Gateway:Restart:TakeOver=true"));
        await edge.Gateway.WaitForLogAsync(line => line.Contains("Ready: ", StringComparison.Ordinal), Patience);
        Assert.Equal(0, await first.Exited.WaitAsync(Patience, TimeProvider.System));

        using var other = Client(edge);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(other, "/")).Status);
        Assert.Equal(before, await IdsAsync(edge));
        var scale = (await ViewAsync(edge)).GetProperty("scale");
        Assert.Equal((3, 3), (scale.GetProperty("desired").GetInt32(), scale.GetProperty("ready").GetInt32()));
    }

    [LongFact]
    public async Task Docker_Step_StartsSeveral()
    {
        await using var box = await ContainerEdge.StartAsync(
            "mkdir /www; echo hello >/www/index.html; exec httpd -f -p $PORT -h /www", function => function["Scale"] = new JsonObject { ["Max"] = 3, ["Concurrency"] = 2, ["ConcurrencyLimit"] = 2 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => box.AskAsync("/index.html")));

        Assert.All(answers, answer => Assert.Equal("hello", answer));
        await Eventually.True(async () => await InstancesAsync(box.Edge) == 3);
    }

    private static JsonObject Quick(int max, int concurrency) => new()
    {
        ["Max"] = max, ["Concurrency"] = concurrency, ["Window"] = "00:00:01.5", ["PanicWindow"] = "00:00:00.2",
    };

    private static async Task<Edge> StartAsync(int boot, JsonObject scale, JsonObject? hold = null, JsonObject? cluster = null)
    {
        var hello = await Edge.HelloAsync("Syn", boot);
        hello["Scale"] = scale;
        hello["Hold"] = hold ?? [];
        var network = await Gateway.Lab.LabNetwork.CreateAsync(TimeSpan.Zero);
        return await Edge.StartAsync(network, new JsonObject { ["hello"] = hello }, settings: all => all["ReverseProxy"]!["Clusters"] = new JsonObject { ["hello"] = cluster ?? [] });
    }

    private static HttpClient Client(Edge edge, bool cookies = false)
    {
        var client = edge.Network.Client.CreateHttpClient(configure: handler => (handler.UseCookies, handler.ResponseDrainTimeout) = (cookies, TimeSpan.Zero));
        client.BaseAddress = new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/");
        return client;
    }

    private static async Task<(HttpStatusCode Status, string? Instance, int Most)> AskAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        await answer.Content.ReadAsStringAsync();
        var instance = answer.Headers.TryGetValues("X-Instance", out var values) ? values.Single() : null;
        return (answer.StatusCode, instance, answer.Headers.TryGetValues("X-Most-In-Flight", out var most) ? int.Parse(most.Single(), CultureInfo.InvariantCulture) : 0);
    }

    private static async Task<JsonElement> ViewAsync(Edge edge) => await edge.Gateway.Admin.GetFromJsonAsync<JsonElement>("/api/functions/hello");

    private static async Task<int> InstancesAsync(Edge edge) =>
        (await edge.Gateway.FunctionsAsync())[0].Instances.Count(one => one.GetProperty("state").GetString() == "Running");

    private static async Task<string[]> IdsAsync(Edge edge) =>
        [.. (await edge.Gateway.FunctionsAsync())[0].Instances.Select(static one => one.GetProperty("id").GetString()!).Order(StringComparer.Ordinal)];

    private static async Task<int> InFlightAsync(Edge edge) => (await edge.Gateway.FunctionsAsync())[0].InFlight;
}
