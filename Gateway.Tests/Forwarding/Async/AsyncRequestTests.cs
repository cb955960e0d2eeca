using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Networking;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Telemetry;
using Xunit;

namespace Gateway.Tests.Forwarding.Async;

/// <summary>Requests whose clients do not wait (<c>Prefer: respond-async</c>), by the built gateway.</summary>
[SideBySide]
public sealed class AsyncRequestTests : IAsyncLifetime
{
    private const string Requests = "/.well-known/headstart/requests/";
    private const int CallbackPort = 4330;

    private static readonly Uri s_base = new($"http://{Edge.Host}:{Edge.HttpPort}/");

    private readonly LabDirectory _files = LabDirectory.Create("async");
    private LabNetwork? _network;
    private Edge? _edge;
    private HttpClient? _client;

    private Edge Edge1 => _edge!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_edge is not null)
        {
            await _edge.DisposeAsync();
        }

        _files.Dispose();
    }

    // The function takes three seconds to boot. The client has its 202 before that, and the function gets what the client sent.
    [Fact]
    public async Task Post_IsAcceptedBeforeTheFunctionRuns_AndTheAnswerIsFetched()
    {
        await StartAsync(bootMilliseconds: 3000);
        using var request = Post("a%2Fb/c?x=1&y", "ping", "respond-async, handling=lenient");
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Add("X-Mine", "1, 2");
        request.Headers.Add("Headstart-Request", "mine");
        request.Headers.Range = new(0, 1);

        using var accepted = await _client!.SendAsync(request);

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("respond-async", Assert.Single(accepted.Headers.GetValues("Preference-Applied")));
        Assert.Contains("Prefer", accepted.Headers.Vary);
        Assert.InRange(accepted.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        var place = accepted.Headers.Location!.OriginalString;
        Assert.StartsWith(Requests, place, StringComparison.Ordinal);
        var view = JsonNode.Parse(await accepted.Content.ReadAsStringAsync())!;
        Assert.Equal((place[Requests.Length..], 0), (view["id"]!.GetValue<string>(), view["attempts"]!.GetValue<int>()));
        Assert.NotEqual("Running", (await FunctionAsync()).GetProperty("state").GetString());
        using (var early = await GetAsync(place))
        {
            Assert.Equal((HttpStatusCode.Accepted, place), (early.StatusCode, early.Headers.Location!.OriginalString));
        }

        using var done = await GetAsync(place, "wait=20");
        var text = await done.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.StartsWith("POST /a%2Fb/c?x=1&y\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\nping", text, StringComparison.Ordinal);
        string[] lines = text.Split('\n');
        Assert.Contains("X-Mine: 1, 2", lines);
        Assert.Contains("Prefer: handling=lenient", lines);
        Assert.Contains("Content-Length: 4", lines);
        Assert.Contains($"Host: {Edge.Host}:{Edge.HttpPort}", lines);
        Assert.Contains($"Headstart-Request: {view["id"]}", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("Range: ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("X-Forwarded-For: ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("text/plain", done.Content.Headers.ContentType!.ToString());

        using var forget = new HttpRequestMessage(HttpMethod.Delete, place);
        Assert.Equal(HttpStatusCode.NoContent, (await _client.SendAsync(forget)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(place)).StatusCode);
        Assert.Equal("Request", (await Edge1.Gateway.ColdStartsAsync("hello"))[^1].Signal);
        var metrics = await Edge1.Gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_async_requests_total", ("function", "hello"), ("outcome", "Accepted")));
        Assert.Equal(1, metrics.Sum("gateway_async_requests_total", ("function", "hello"), ("outcome", "Answered")));
        Assert.Equal(0, metrics.Sum("gateway_async_kept", ("function", "hello")));
    }

    [Fact]
    public async Task Wait_IsAnsweredByTheFunctionIfItIsQuickEnough()
    {
        await StartAsync();
        (await _client!.GetAsync("warm")).Dispose();

        using var quick = await _client.SendAsync(Post("quick", "", "respond-async;a=\"1, 2\", Wait=10"));
        Assert.Equal(HttpStatusCode.OK, quick.StatusCode);
        Assert.StartsWith("POST /quick\n", await quick.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var slow = await _client.SendAsync(Post("slow?ms=5000", "", "respond-async, wait=1"));
        Assert.Equal(HttpStatusCode.Accepted, slow.StatusCode);

        // Who does not prefer it waits, and is answered by the function itself.
        using var always = await _client.SendAsync(Post("always?ms=300", "", "wait=0"));
        Assert.Equal(HttpStatusCode.OK, always.StatusCode);
        Assert.Contains("Prefer: wait=0", await always.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_IsTriedAgainAsOftenAsItMay()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["Attempts"] = 2, ["MaxBody"] = "64KiB" });
        (string Query, HttpStatusCode Status, string? Attempt)[] rows =
        [
            ("good=2", HttpStatusCode.OK, "2"), ("good=9", HttpStatusCode.ServiceUnavailable, "2"), ("status=500", HttpStatusCode.InternalServerError, "1"),
            ("break=1", HttpStatusCode.BadGateway, null), ("large=70000", HttpStatusCode.BadGateway, null),
        ];

        var answers = await Task.WhenAll(rows.Select(async row =>
        {
            using var accepted = await _client!.SendAsync(Post($"?{row.Query}", "x", "respond-async"));
            return await GetAsync(accepted.Headers.Location!.OriginalString, "wait=30");
        }));

        foreach (var (row, answer) in rows.Zip(answers))
        {
            Assert.Equal((row.Query, row.Status), (row.Query, answer.StatusCode));
            Assert.Equal(row.Attempt, answer.Headers.TryGetValues("Attempt", out var values) ? values.Single() : null);
            Assert.Equal(row.Attempt is null ? "application/problem+json" : "text/plain", answer.Content.Headers.ContentType!.MediaType);
        }
    }

    // A connection that the function ends is no answer, whatever is written about statuses.
    [Fact]
    public async Task BrokenConnection_IsTriedAgainWithoutAnyStatusToRetry()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["Attempts"] = 2, ["RetryOn"] = new JsonArray(500) });

        using var broken = await _client!.SendAsync(Post("?break=1", "x", "respond-async, wait=20"));
        using var own = await _client.SendAsync(Post("?status=502", "x", "respond-async, wait=20"));

        Assert.Equal((HttpStatusCode.BadGateway, "no-answer"), (broken.StatusCode, await ReasonAsync(broken)));
        Assert.Equal((HttpStatusCode.BadGateway, "1"), (own.StatusCode, own.Headers.GetValues("Attempt").Single()));
        var metrics = await Edge1.Gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("gateway_async_requests_total", ("function", "hello"), ("outcome", "Failed")));
        Assert.Equal(1, metrics.Sum("gateway_async_requests_total", ("function", "hello"), ("outcome", "Answered")));
    }

    [Fact]
    public async Task Reload_ThatTakesTheFunctionAwayAndPutsItBack_LosesNoRequest()
    {
        await StartAsync(bootMilliseconds: 3000);
        using var accepted = await _client!.SendAsync(Post("kept", "x", "respond-async"));
        var place = accepted.Headers.Location!.OriginalString;
        var settings = Edge1.Settings;
        var without = Edge1.Settings;
        var functions = (JsonObject)without["Gateway"]!["Functions"]!;
        functions["other"] = functions["hello"]!.DeepClone();
        functions["other"]!["Listen"] = new JsonArray($"http://*:{Edge.HttpPort + 1}");
        functions.Remove("hello");
        ((JsonObject)without["ReverseProxy"]!["Routes"]!).Remove("hello");

        Edge1.Gateway.UpdateSettings(without);
        await Eventually.True(async () => (await Edge1.Gateway.MetricsAsync()).Sum("gateway_config_reloads_total", ("outcome", "Applied")).Equals(1));
        // Its own address is gone, and the answers are on each of them.
        var elsewhere = new Uri($"http://{Edge.Host}:{Edge.HttpPort + 1}{place}");
        Assert.Equal(HttpStatusCode.Accepted, (await _client.GetAsync(elsewhere)).StatusCode);
        Edge1.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await Edge1.Gateway.MetricsAsync()).Sum("gateway_config_reloads_total", ("outcome", "Applied")).Equals(2));

        using var answer = await GetAsync(place, "wait=40");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("POST /kept\n", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // The one waits for the other in the function, so that the function never gets it.
    [Fact]
    public async Task Delete_GivesUpWhatWaits_AndWhatIsUnderWay()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 2, ["AtOnce"] = 1 });
        (await _client!.GetAsync("warm")).Dispose();
        using var underWay = await _client.SendAsync(Post("under-way?ms=60000", "x", "respond-async"));
        using var waiting = await _client.SendAsync(Post("waiting", "x", "respond-async"));
        var listening = GetAsync(waiting.Headers.Location!.OriginalString, "wait=60");

        foreach (var accepted in (HttpResponseMessage[])[waiting, underWay])
        {
            using var delete = new HttpRequestMessage(HttpMethod.Delete, accepted.Headers.Location!.OriginalString);
            Assert.Equal(HttpStatusCode.NoContent, (await _client.SendAsync(delete)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await listening).StatusCode);
        using var next = await _client.SendAsync(Post("next", "x", "respond-async, wait=20"));
        Assert.StartsWith("POST /next\n", await next.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await Edge1.Gateway.MetricsAsync()).Sum("gateway_async_requests_total", ("function", "hello"), ("outcome", "Forgotten")));
    }

    [Fact]
    public async Task Function_ThatDoesNotStart_IsTriedUntilTheRequestIsTooOld()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["Attempts"] = 1, ["Timeout"] = "00:00:04" }, command: "/nothing/is/here");

        using var accepted = await _client!.SendAsync(Post("", "x", "respond-async"));
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using var answer = await GetAsync(accepted.Headers.Location!.OriginalString, "wait=30");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "async-timeout"), (answer.StatusCode, await ReasonAsync(answer)));
        Assert.InRange((await Edge1.Gateway.MetricsAsync()).Sum("gateway_cold_starts_total", ("function", "hello"), ("outcome", "Failed")), 2, 10);
    }

    [Fact]
    public async Task WhatIsTooMuch_IsRefused()
    {
        await StartAsync(bootMilliseconds: 2000, later: new JsonObject { ["MaxRequests"] = 2, ["MaxBody"] = "2KiB", ["MaxSize"] = "2KiB" });

        using var large = await _client!.SendAsync(Post("", new string('x', 2049), "respond-async"));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body-too-large"), (large.StatusCode, await ReasonAsync(large)));
        using var unknown = Post("", new string('x', 3000), "respond-async");
        unknown.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _client.SendAsync(unknown)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _client.SendAsync(Post("", new string('x', 1500), "respond-async"))).StatusCode);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "hold-full"), await AskAsync(new string('x', 1500)));
        Assert.Equal(HttpStatusCode.Accepted, (await AskAsync("")).Status);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "hold-full"), await AskAsync(""));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"{Requests}..%2F..%2Fhello%2Flock")).StatusCode);

        async Task<(HttpStatusCode Status, string? Reason)> AskAsync(string body)
        {
            using var answer = await _client.SendAsync(Post("", body, "respond-async"));
            return (answer.StatusCode, answer.StatusCode == HttpStatusCode.Accepted ? null : await ReasonAsync(answer));
        }
    }

    [Fact]
    public async Task Callback_GetsTheAnswerOnceItIsTaken_AndOnlyWhereItMayGo()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["Callbacks"] = new JsonArray($"http://127.0.0.1:{CallbackPort}/answers/") });
        var seen = 0;
        await using var receiver = new HttpReceiver(_network!.Server, CallbackPort, _ => HttpReceiver.Answer(Interlocked.Increment(ref seen) == 1 ? "500 Internal Server Error" : "204 No Content"));

        foreach (var (address, reason, status) in ((string, string, HttpStatusCode)[])
        [
            ("nonsense", "bad-callback", HttpStatusCode.BadRequest),
            ($"http://127.0.0.1:{CallbackPort}/other/", "callback-denied", HttpStatusCode.Forbidden),
            ($"http://127.0.0.1:{CallbackPort}/answers/../other/", "callback-denied", HttpStatusCode.Forbidden),
            ($"http://127.0.0.1:{CallbackPort}/answers/%2e%2e/other/", "callback-denied", HttpStatusCode.Forbidden),
            ("http://127.0.0.1/answers/", "callback-denied", HttpStatusCode.Forbidden),
        ])
        {
            using var denied = Post("", "x", "respond-async");
            denied.Headers.Add("Headstart-Callback", address);
            using var answer = await _client!.SendAsync(denied);
            Assert.Equal((status, reason), (answer.StatusCode, await ReasonAsync(answer)));
        }

        using var request = Post("hooked?status=418", "x", "respond-async");
        request.Headers.Add("Headstart-Callback", $"http://127.0.0.1:{CallbackPort}/answers/1?secret=2");
        using var accepted = await _client!.SendAsync(request);

        await Eventually.True(async () => (await Edge1.Gateway.MetricsAsync()).Sum("gateway_async_callbacks_total", ("function", "hello"), ("outcome", "Delivered")).Equals(1));
        Assert.Equal(2, Volatile.Read(ref seen));
        using var fetched = await GetAsync(accepted.Headers.Location!.OriginalString);
        Assert.Equal((HttpStatusCode)418, fetched.StatusCode);
        Assert.DoesNotContain("Headstart-Callback", await fetched.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }

    // The gateway is killed while the function boots for the one request, and after it has answered the other.
    [Fact]
    public async Task Folder_OutlivesAGatewayThatIsKilled()
    {
        await StartAsync(bootMilliseconds: 1500, later: new JsonObject { ["MaxRequests"] = 10, ["Folder"] = _files.Path });
        using var first = await _client!.SendAsync(Post("first", "one", "respond-async, wait=20"));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var done = first.Headers.GetValues("Headstart-Request").Single();
        await Edge1.SleepAsync();
        using var second = await _client.SendAsync(Post("second", "two", "respond-async"));
        var place = second.Headers.Location!.OriginalString;
        string[] files = Directory.GetFiles(Path.Combine(_files.Path, "hello"), "*.json");
        Assert.Equal([$"{done}.answer.json", $"{place[Requests.Length..]}.request.json"], files.Select(Path.GetFileName).Order());
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        await Edge1.RestartAsync(kill: true);

        await Edge1.Gateway.WaitForLogAsync(line => line.Contains("hello: 1 kept requests and 1 answers were found in", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        using var answer = await GetAsync(place, "wait=30");
        Assert.EndsWith("\n\ntwo", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var before = await GetAsync(Requests + done);
        Assert.EndsWith("\n\none", await before.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var forget = new HttpRequestMessage(HttpMethod.Delete, Requests + done);
        (await _client.SendAsync(forget)).EnsureSuccessStatusCode();
        Assert.Equal([$"{place[Requests.Length..]}.answer.json"], Directory.GetFiles(Path.Combine(_files.Path, "hello"), "*.json").Select(Path.GetFileName));
    }

    // The first gateway has the folder until it has ended; what it has begun it ends.
    [Fact]
    public async Task Folder_IsTheNextGatewaysWhenTheFirstHasEnded()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["AtOnce"] = 1, ["Folder"] = _files.Path });
        (await _client!.GetAsync("warm")).Dispose();
        using var underWay = await _client.SendAsync(Post("under-way?ms=1500", "1", "respond-async"));
        using var waiting = await _client.SendAsync(Post("waiting", "2", "respond-async"));

        await Edge1.RestartAsync(kill: false);

        foreach (var (accepted, body) in ((HttpResponseMessage, string)[])[(underWay, "1"), (waiting, "2")])
        {
            var place = accepted.Headers.Location!.OriginalString;
            await Eventually.True(async () =>
            {
                // While the first one has the folder nobody knows, and that is what is said.
                using var early = await GetAsync(place);
                Assert.NotEqual(HttpStatusCode.NotFound, early.StatusCode);
                return early.StatusCode != HttpStatusCode.ServiceUnavailable;
            });
            using var answer = await GetAsync(place, "wait=30");
            Assert.EndsWith($"\n\n{body}", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal("1", answer.Headers.GetValues("Attempt").Single());
        }
    }

    [Fact]
    public async Task Folder_ThatCannotBeUsed_IsToldAndNothingIsAccepted()
    {
        var file = _files.File("file");
        await File.WriteAllTextAsync(file, "");
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["Folder"] = file });

        using var refused = await _client!.SendAsync(Post("", "x", "respond-async"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-kept"), (refused.StatusCode, await ReasonAsync(refused)));
        await Edge1.Gateway.WaitForLogAsync(line => line.Contains($"hello: requests cannot be kept in '{file}/hello' (Async:Folder)", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Answer_IsKeptForItsTime()
    {
        await StartAsync(later: new JsonObject { ["MaxRequests"] = 10, ["Keep"] = "00:00:01" });
        using var accepted = await _client!.SendAsync(Post("", "x", "respond-async"));
        var place = accepted.Headers.Location!.OriginalString;
        using var answer = await GetAsync(place, "wait=30");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        await Eventually.True(async () => (await GetAsync(place)).StatusCode == HttpStatusCode.NotFound);
    }

    private async Task StartAsync(int bootMilliseconds = 0, JsonObject? later = null, string? command = null)
    {
        var worker = LabExecutable.Command("worker");
        var hello = new JsonObject
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray([.. command is null ? worker.Arguments.Prepend(worker.FileName).Select(word => JsonValue.Create(word)) : [JsonValue.Create(command)]]),
            ["Environment"] = new JsonObject { ["BOOT_MS"] = $"{bootMilliseconds}" },
            ["WakeOn"] = "Request",
            ["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}"),
            ["Async"] = later ?? new JsonObject { ["MaxRequests"] = 10 },
        };
        _network = await LabNetwork.CreateAsync(TimeSpan.Zero);
        _edge = await Edge.StartAsync(_network, new JsonObject { ["hello"] = hello }, new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Off" } });
        _client = _network.Client.CreateHttpClient(new Dictionary<string, IPAddress> { [Edge.Host] = _network.Link.Server.Address });
        _client.BaseAddress = s_base;
    }

    private static HttpRequestMessage Post(string target, string body, string prefer)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{s_base}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Headers.TryAddWithoutValidation("Prefer", prefer);
        return request;
    }

    private Task<HttpResponseMessage> GetAsync(string place, string? prefer = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, place);
        if (prefer is not null)
        {
            request.Headers.TryAddWithoutValidation("Prefer", prefer);
        }

        return _client!.SendAsync(request);
    }

    private async Task<JsonElement> FunctionAsync() =>
        JsonElement.Parse(await Edge1.Gateway.Admin.GetStringAsync("/api/functions")).EnumerateArray().Single(function => function.GetProperty("name").GetString() == "hello");

    private static async Task<string?> ReasonAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["reason"]!.GetValue<string>();
}
