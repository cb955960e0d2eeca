using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>Programs that are gone, or close what the gateway is about to use: which requests are sent again, and which must not be.</summary>
[SideBySide]
public sealed class SentAgainTests
{
    [Theory]
    [InlineData("GET")]
    [InLongRuns("HEAD")]
    [InLongRuns("PUT")]
    [InlineData("POST")]
    [InLongRuns("PATCH")]
    public async Task Program_Killed_TheNextRequestIsServedByANewStart(string method)
    {
        await using var odd = await OddFunction.StartAsync();
        var pid = await odd.PidAsync();
        for (var round = 0; round < 4; round++)
        {
            OddFunction.Kill(pid);
            await GoneAsync(pid);

            using var answer = await SendAsync(odd, method, "/plain", method is "PUT" or "POST" or "PATCH" ? "a body" : null);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var next = await odd.PidAsync();
            Assert.NotEqual(pid, next);
            pid = next;
        }
    }

    [Theory]
    [InLongRuns("GET", null)]
    [InlineData("POST", "a body")]
    public async Task Program_ListensAgainAfterAGap_NobodySeesTheGap(string method, string? body)
    {
        await using var odd = await OddFunction.StartAsync();
        var pid = OddFunction.Pid(await odd.Client.GetStringAsync("/gap"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var answer = await SendAsync(odd, method, "/plain", body);
            return (answer.StatusCode, Text: await answer.Content.ReadAsStringAsync());
        }));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.All(answers, answer => Assert.Equal(pid, OddFunction.Pid(answer.Text)));
    }

    [Theory]
    [InlineData("reused-reset", "GET", null)]
    [InLongRuns("reused-close", "GET", null)]
    [InLongRuns("reused-reset", "DELETE", null)]
    [InLongRuns("reused-close", "OPTIONS", null)]
    public async Task Connection_ClosedWhenItIsUsedAgain_AnIdempotentRequestIsServed(string mode, string method, string? body)
    {
        await using var odd = await OddFunction.StartAsync(mode);
        // Several at once, so that the pool has more than one that is no good.
        for (var round = 0; round < 10; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(odd, method, "/", body)));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        }
    }

    [Theory]
    [InLongRuns("POST", null)]
    [InlineData("POST", "pay")]
    [InLongRuns("PATCH", null)]
    [InLongRuns("LOCK", null)]
    public async Task Request_ThatMayNotBeSentTwice_IsSentOnce(string method, string? body)
    {
        await using var odd = await OddFunction.StartAsync("close-unanswered");
        var before = OddFunction.Requests(await odd.Client.GetStringAsync("/plain"));
        Assert.Equal(1, before);
        await odd.Client.GetStringAsync("/plain");

        using var answer = await SendAsync(odd, method, "/", body);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("no-answer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(4, OddFunction.Requests(await odd.Client.GetStringAsync("/plain")));
    }

    [Fact]
    public async Task Request_ThatMayBeSentTwice_IsSentTwiceAtMost()
    {
        await using var odd = await OddFunction.StartAsync("close-unanswered");
        await odd.Client.GetStringAsync("/plain");
        await odd.Client.GetStringAsync("/plain");

        using var answer = await SendAsync(odd, "GET", "/", null);

        // The third is not answered, the fourth, which is the third again, is.
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(4, OddFunction.Requests(await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData(0)]
    // The client's pool has looked at its idle connections meanwhile, which is another way to use one again.
    [InLongRuns(35)]
    public async Task Request_WhoseFunctionDiesAtIt_IsExecutedByTwoInstancesAtMost(int idleSeconds)
    {
        var hello = await Edge.HelloAsync("Request", bootMilliseconds: 0);
        await using var edge = await Edge.StartAsync(TimeSpan.FromMilliseconds(1), _ => new JsonObject { ["hello"] = hello });
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        // The handler looks at a connection that has idled for long by a read of its own; nothing tells from outside that it has.
        await Task.Delay(TimeSpan.FromSeconds(idleSeconds), TestContext.Current.CancellationToken);

        Assert.Equal(502, (await edge.GetAsync("/crash", Edge.HttpPort)).HttpCode);

        // The second one was started for the repetition.
        Assert.Equal(2, (await edge.Gateway.ColdStartsAsync("hello")).Count);
    }

    [Theory]
    [InLongRuns("early-401 Unauthorized", HttpStatusCode.Unauthorized, false)]
    [InlineData("early-413 Content Too Large", HttpStatusCode.RequestEntityTooLarge, true)]
    [InLongRuns("early-200 OK", HttpStatusCode.OK, false)]
    public async Task Answer_BeforeTheBodyIsSent_IsTheClients(string mode, HttpStatusCode status, bool isChunked)
    {
        await using var odd = await OddFunction.StartAsync(mode);
        await odd.PidAsync();
        await odd.PidAsync();
        for (var round = 0; round < 10; round++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/upload") { Content = new ByteArrayContent(new byte[5_000_000]) };
            request.Headers.TransferEncodingChunked = isChunked;

            using var answer = await odd.Client.SendAsync(request);

            Assert.Equal(status, answer.StatusCode);
            Assert.True(OddFunction.Pid(await answer.Content.ReadAsStringAsync()) > 0);
        }
    }

    [Fact]
    public async Task Affinity_ToAnInstanceThatIsGone_IsNoAffinity()
    {
        await using var odd = await OddFunction.StartAsync(settings: settings => settings["ReverseProxy"]!["Clusters"] = new JsonObject
        {
            ["hello"] = new JsonObject
            {
                ["SessionAffinity"] = new JsonObject { ["Enabled"] = true, ["AffinityKeyName"] = "Sticky", ["Policy"] = "HashCookie", ["FailurePolicy"] = "Return503Error" },
            },
        });
        using var client = odd.SharedClient("1.1");
        using var first = await client.GetAsync("/plain");
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie")).Split(';')[0];
        // To the one instance that runs, too.
        using var warm = await client.GetAsync("/plain");
        Assert.Equal(cookie, Assert.Single(warm.Headers.GetValues("Set-Cookie")).Split(';')[0]);
        await odd.Edge.SleepAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/plain") { Headers = { { "Cookie", cookie } } };
        using var second = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.NotEqual(cookie, Assert.Single(second.Headers.GetValues("Set-Cookie")).Split(';')[0]);
    }

    private static async Task<HttpResponseMessage> SendAsync(OddFunction odd, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        return await odd.Client.SendAsync(request);
    }

    private static Task GoneAsync(int pid) => Eventually.True(() => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")), "the end of the program");
}
