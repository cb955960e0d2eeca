using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// ASP.NET Core's own middlewares, with the examples of docs/policies.md: what they answer wakes nobody, what they let through
/// comes through the hold.
/// </summary>
[SideBySide]
public sealed class PolicyTests(PolicyEdge edge) : IClassFixture<PolicyEdge>
{
    private static readonly byte[] Key = Convert.FromBase64String("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");

    [Fact]
    public async Task Preflight_IsAnsweredWithoutTheFunction()
    {
        await edge.SleepAsync();

        using var answer = await SendAsync("cors.example", HttpMethod.Options, request =>
        {
            request.Headers.Add("Origin", "https://one.dev.example");
            request.Headers.Add("Access-Control-Request-Method", "PUT");
        });

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("https://one.dev.example", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("true", Header(answer, "Access-Control-Allow-Credentials"));
        Assert.Contains("PUT", Header(answer, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        await edge.AssertAtRestAsync();
    }

    [Fact]
    public async Task Preflight_WhereCorsIsDisabled_PermitsNothing_AndWakesNobody()
    {
        await edge.SleepAsync();

        using var answer = await SendAsync("nocors.example", HttpMethod.Options, request =>
        {
            request.Headers.Add("Origin", "https://app.example");
            request.Headers.Add("Access-Control-Request-Method", "PUT");
        });

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
        await edge.AssertAtRestAsync();
    }

    [Theory]
    [InlineData("https://app.example", "https://app.example")]
    [InlineData("https://evil.example", null)]
    public async Task CrossOriginRequest_ThroughAHold_IsMarkedForItsOrigin(string origin, string? allowed)
    {
        await edge.SleepAsync();

        using var answer = await SendAsync("cors.example", HttpMethod.Get, request => request.Headers.Add("Origin", origin));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(allowed, Header(answer, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Authorization_WithoutAToken_Is401_AndWakesNobody()
    {
        await edge.SleepAsync();

        using var none = await SendAsync("users.example");
        using var forged = await SendAsync("users.example", with: Bearer(Token(new byte[32])));
        using var role = await SendAsync("writers.example", with: Bearer(Token(Key, ("role", "reader"), ("tenant", "a"))));
        using var tenant = await SendAsync("writers.example", with: Bearer(Token(Key, ("role", "admin"))));

        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        Assert.Equal("Bearer", none.Headers.WwwAuthenticate.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, role.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, tenant.StatusCode);
        await edge.AssertAtRestAsync();
    }

    [Fact]
    public async Task Authorization_WithWhatIsRequired_ComesThroughTheHoldAndWarm()
    {
        await edge.SleepAsync();
        var token = Bearer(Token(Key, ("role", "editor"), ("tenant", "any")));

        foreach (var host in (string[])["users.example", "writers.example"])
        {
            using var answer = await SendAsync(host, with: token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task RateLimit_AboveIt_Is429WithRetryAfter_AndWakesNobody()
    {
        for (var i = 0; i < 2; i++)
        {
            using var served = await SendAsync("limited.example");
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }

        await edge.SleepAsync();
        using var refused = await SendAsync("limited.example");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 600);
        Assert.Equal("rate-limit", JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["reason"]!.GetValue<string>());
        await edge.AssertAtRestAsync();
    }

    [Fact]
    public async Task RateLimit_ByHeader_CountsEachValueApart()
    {
        var codes = new List<HttpStatusCode>();
        foreach (var key in (string[])["a", "a", "b"])
        {
            using var answer = await SendAsync("keyed.example", with: request => request.Headers.Add("X-Api-Key", key));
            codes.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK], codes);
    }

    [Fact]
    public async Task TimeoutPolicy_ThatIsOver_Is504()
    {
        using var answer = await SendAsync("fast.example", path: "/slow?ms=20000");

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("request-timeout", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task TimeoutPolicy_ThatIsOverInALimitsQueue_Is504()
    {
        // Its answer has begun, so it has the one permit, and no timeout of its own.
        using var first = await SendAsync("permitted.example", path: "/stream?n=1000&ms=100", completion: HttpCompletionOption.ResponseHeadersRead);
        using var second = await SendAsync("queued.example");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.GatewayTimeout, second.StatusCode);
    }

    [Fact]
    public async Task KeptAnswer_IsGivenWithoutTheFunction_AndOnlyToTheSameRequest()
    {
        using var first = await SendAsync("cached.example", path: "/?a=1");
        await edge.SleepAsync();

        using var kept = await SendAsync("cached.example", path: "/?a=1");

        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        Assert.NotNull(kept.Headers.Age);
        Assert.Equal(Header(first, "X-Instance"), Header(kept, "X-Instance"));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await kept.Content.ReadAsStringAsync());
        await edge.AssertAtRestAsync();
        foreach (var (path, language, method) in ((string, string, HttpMethod)[])[("/?A=1", "", HttpMethod.Get), ("/%3Fa=1", "", HttpMethod.Get), ("/?a=1", "de", HttpMethod.Get), ("/?a=1", "", HttpMethod.Post)])
        {
            await AssertNotKeptAsync(path, language, method);
        }
    }

    [Theory]
    [InlineData("Cache-Control: no-store")]
    [InlineData("Cache-Control: private, max-age=60")]
    [InlineData("Cache-Control: max-age=0")]
    [InlineData("Set-Cookie: a=b")]
    [InlineData("Vary: Cookie")]
    [InlineData("Vary: *")]
    [InlineData("Content-Type: text/event-stream")]
    public async Task Answer_ThatTheFunctionDoesNotLetKeep_IsAskedForEachTime(string header)
    {
        await using var backend = ScriptedBackend.Start(edge.Space, PolicyEdge.Backend, ScriptedBackend.Always($"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));

        for (var i = 0; i < 2; i++)
        {
            using var answer = await SendAsync("kept.example", path: $"/{Uri.EscapeDataString(header)}");
            Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(2, backend.Requests);
    }

    [Fact]
    public async Task Answer_ThatBrokeOff_IsNotKept()
    {
        var answers = new Queue<string>(["5\r\nhello\r\n", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"]);
        await using var backend = ScriptedBackend.Start(edge.Space, PolicyEdge.Backend, (_, stream) =>
            stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{answers.Dequeue()}")).AsTask());

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => SendAsync("kept.example", path: "/broken"));
        using var whole = await SendAsync("kept.example", path: "/broken");
        using var kept = await SendAsync("kept.example", path: "/broken");

        Assert.Equal("hello world", await whole.Content.ReadAsStringAsync());
        Assert.Equal("hello world", await kept.Content.ReadAsStringAsync());
        Assert.Equal(2, backend.Requests);
    }

    [Fact]
    public async Task Compression_OfText_IsOfferedAndMarked()
    {
        await using var backend = ScriptedBackend.Start(edge.Space, PolicyEdge.Backend, ScriptedBackend.Always("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"1\"\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"));

        using var answer = await SendAsync("own.example", with: AcceptGzip);

        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        Assert.Equal("W/\"1\"", Header(answer, "ETag"));
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        await using var unpacked = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        Assert.Equal("hello", await new StreamReader(unpacked).ReadToEndAsync());
    }

    [Theory]
    [InlineData("Content-Type: text/html\r\nContent-Encoding: br")]
    [InlineData("Content-Type: text/event-stream")]
    [InlineData("Content-Type: application/grpc")]
    [InlineData("Content-Type: text/html\r\nCache-Control: no-transform")]
    [InlineData("Content-Type: image/png")]
    public async Task Compression_OfWhatMustPass_IsLeftOut(string headers)
    {
        await using var backend = ScriptedBackend.Start(edge.Space, PolicyEdge.Backend, ScriptedBackend.Always($"HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"));

        using var answer = await SendAsync("own.example", with: AcceptGzip);

        Assert.DoesNotContain("gzip", answer.Content.Headers.ContentEncoding);
        Assert.Equal("hello", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Compression_OfAStream_GivesEachPieceAsItComes()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = ScriptedBackend.Start(edge.Space, PolicyEdge.Backend, async (_, stream) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"u8.ToArray());
            await next.Task;
            await stream.WriteAsync("5\r\nworld\r\n0\r\n\r\n"u8.ToArray());
        });

        using var answer = await SendAsync("own.example", with: AcceptGzip, completion: HttpCompletionOption.ResponseHeadersRead);
        await using var unpacked = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        var buffer = new byte[5];
        await unpacked.ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        // The second piece does not exist yet.
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer));
        next.SetResult();
        Assert.Equal("world", await new StreamReader(unpacked).ReadToEndAsync());
    }

    [Fact]
    public async Task WebSocket_WithEverythingInThePipeline_Works()
    {
        await edge.SleepAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Accept-Encoding", "gzip");
        using var client = edge.Client();
        await socket.ConnectAsync(new Uri($"wss://hello.example:{PolicyEdge.Https}/ws"), client, TestContext.Current.CancellationToken);

        await socket.SendAsync("hi"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);

        Assert.Equal("hi", Encoding.ASCII.GetString(buffer, 0, received.Count));
    }

    [Theory]
    [InlineData("/a%2Fb//c?x=%41")]
    [InlineData("/%252F")]
    public async Task PlainSharedAddress_IsRedirectedWithTheTargetAsItWas_AndWakesNobody(string target)
    {
        await edge.SleepAsync();

        using var answer = await SendAsync("hello.example", path: target, port: PolicyEdge.Http);

        Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
        Assert.Equal($"https://hello.example:{PolicyEdge.Https}{target}", Header(answer, "Location"));
        await edge.AssertAtRestAsync();
    }

    [Fact]
    public async Task ListenAddressAndAdmin_AreNotRedirected()
    {
        using var own = await SendAsync("hello.example", port: PolicyEdge.Listen);
        using var health = await edge.Gateway.Admin.GetAsync("/healthz");

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task Hsts_OnHttps_IsThere()
    {
        using var answer = await SendAsync("hello.example");

        Assert.Equal("max-age=31536000", Header(answer, "Strict-Transport-Security"));
    }

    private async Task AssertNotKeptAsync(string path, string language, HttpMethod method)
    {
        using var other = await SendAsync("cached.example", method, request => request.Headers.TryAddWithoutValidation("Accept-Language", language), path);
        Assert.Null(other.Headers.Age);
    }

    private Task<HttpResponseMessage> SendAsync(
        string host, HttpMethod? method = null, Action<HttpRequestMessage>? with = null, string path = "/", int port = PolicyEdge.Https,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        var client = edge.Client();
        var scheme = port == PolicyEdge.Https ? "https" : "http";
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri($"{scheme}://{host}:{port.ToString(CultureInfo.InvariantCulture)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        with?.Invoke(request);
        return client.SendAsync(request, completion, TestContext.Current.CancellationToken);
    }

    private static void AcceptGzip(HttpRequestMessage request) => request.Headers.Add("Accept-Encoding", "gzip");

    private static Action<HttpRequestMessage> Bearer(string token) => request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) || answer.Content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString() : null;

    private static string Token(byte[] key, params (string Name, string Value)[] claims)
    {
        var payload = new JsonObject { ["iss"] = "me", ["aud"] = "api", ["sub"] = "someone", ["exp"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds() };
        foreach (var (name, value) in claims)
        {
            payload[name] = value;
        }

        var content = $"{Base64Url("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        return $"{content}.{Base64Url(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(content)))}";
    }

    private static string Base64Url(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
