using System.Net;
using System.Text.Json;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.Forwarding.Waiting;

/// <summary>What clients get of a function that starts slowly: browsers the page, programs that ask for JSON the state, and all others the wait.</summary>
[SideBySide]
public sealed class WaitingClientTests(PageBox box) : IClassFixture<PageBox>
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

    [Theory]
    [InlineData("page", "Accept: " + Browser)]
    [InlineData("page", "Accept: " + Browser, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")]
    [InlineData("json", "Accept: application/json")]
    [InlineData("json", "Accept: text/html;q=0.5, application/problem+json")]
    [InlineData("wait", "Accept: */*")]
    [InlineData("wait", "Accept: application/json", "Referer: http://127.0.0.1:8106/")]
    [InlineData("wait", "Accept: " + Browser, "X-Requested-With: XMLHttpRequest")]
    [InlineData("wait", "Accept: " + Browser, "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty")]
    [InlineData("wait", "Accept: image/avif,image/webp,*/*;q=0.8", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image")]
    [InlineData("wait", "Accept: " + Browser, "Range: bytes=0-9")]
    [InlineData("wait", "Accept: " + Browser, "Connection: Upgrade", "Upgrade: websocket")]
    [InlineData("wait POST", "Accept: " + Browser)]
    [InlineData("wait HEAD", "Accept: " + Browser)]
    public async Task Client_GetsWhatItCanUse(string expected, params string[] headers)
    {
        using var client = box.Client();
        using var request = new HttpRequestMessage(expected.Split(' ') is [_, var method] ? new HttpMethod(method) : HttpMethod.Get, "http://127.0.0.1:8106/");
        foreach (var header in headers)
        {
            request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
        }

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        switch (expected)
        {
            case "page":
                Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
                Assert.Contains("127.0.0.1:8106 is starting", body, StringComparison.Ordinal);
                break;
            case "json":
                Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.ToString());
                var problem = JsonElement.Parse(body);
                Assert.Equal(("starting", 503), (problem.GetProperty("reason").GetString(), problem.GetProperty("status").GetInt32()));
                Assert.Equal("starting", problem.GetProperty("start").GetProperty("phase").GetString());
                Assert.InRange(problem.GetProperty("start").GetProperty("elapsed").GetInt64(), 0, 60_000);
                break;
            default:
                // It has waited for as long as it may.
                Assert.DoesNotContain("is starting", body, StringComparison.Ordinal);
                Assert.Equal("hold-timeout", expected.EndsWith("HEAD", StringComparison.Ordinal) ? "hold-timeout" : Reason(body, answer));
                break;
        }
    }

    // Browsers ask so by HTTP/2.
    [Fact]
    public async Task Page_ByHttp2_IsTheSame()
    {
        var file = Path.GetTempFileName();
        try
        {
            var answer = (await Curl.GetAsync(new CurlOptions
            {
                Namespace = box.Space,
                Url = $"https://never.example:{PageBox.Shared}/",
                Resolve = IPAddress.Loopback,
                Insecure = true,
                HttpVersion = CurlHttpVersion.Http2,
                Arguments = ["-H", $"Accept: {Browser}", "-D", file],
            })).ThrowIfFailed();

            Assert.Equal((503, "2"), (answer.HttpCode, answer.HttpVersion));
            var head = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Contains("content-security-policy: default-src 'none'; script-src 'sha256-", head, StringComparison.Ordinal);
            Assert.Contains("content-type: text/html; charset=utf-8", head, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Events_AreDemand_AndCountAsAClientsPlace()
    {
        using var client = box.Client();
        using var follow = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:8106/?a=1&headstart-start");
        follow.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        using (var events = await client.SendAsync(follow, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
        {
            Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);
            using var reader = new StreamReader(await events.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            Assert.Equal("retry: 1000", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
            string? line;
            do
            {
                line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            }
            while (line?.StartsWith("data: {\"phase\":\"", StringComparison.Ordinal) == false);
            Assert.NotNull(line);
            Assert.InRange((await box.Gateway.MetricsAsync(TestContext.Current.CancellationToken)).Sum("gateway_held_requests", ("function", "never")), 1, 100);
        }

        await Eventually.True(async () => (await box.Gateway.MetricsAsync()).Sum("gateway_held_requests", ("function", "never")) == 0, "the place is given back");

        // A page of another site gets what any request of it would.
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:8106/?headstart-start");
        foreign.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        foreign.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "cross-site");
        using var refused = await client.SendAsync(foreign, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    private static string? Reason(string body, HttpResponseMessage answer) =>
        answer.Content.Headers.ContentType!.MediaType == "text/html" ? (body.Contains("did not start in time", StringComparison.Ordinal) ? "hold-timeout" : body) : JsonElement.Parse(body).GetProperty("reason").GetString();
}
