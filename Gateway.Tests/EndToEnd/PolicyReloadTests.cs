using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Policies that come, change and go with a reload, and what is told of failures.</summary>
[SideBySide]
public sealed class PolicyReloadTests
{
    private const string Limit = """
        { "RateLimiter": { "Policies": { "Few": { "PartitionBy": "ClientAddress", "FixedWindow": { "PermitLimit": 1, "Window": "01:00:00" } } } },
          "ReverseProxy": { "Routes": { "hello": { "RateLimiterPolicy": "few" } } } }
        """;

    [Fact]
    public async Task RateLimit_ThatAReloadBrings_IsInForce_CountsOverTheNext_AndGoes()
    {
        await using var gateway = await PolicyGateway.StartAsync("{}");
        Assert.Equal(HttpStatusCode.OK, await GetAsync(gateway));

        gateway.Reload(Limit);
        await Eventually.True(async () => await GetAsync(gateway) == HttpStatusCode.TooManyRequests);
        // Another policy changes: this one counts on.
        gateway.Reload(Limit.Replace("\"ReverseProxy\"", """ "Hsts": {}, "ReverseProxy" """, StringComparison.Ordinal));
        await Eventually.True(async () => (await SendAsync(gateway)).Headers.Contains("Strict-Transport-Security"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetAsync(gateway));
        gateway.Reload("{}");
        await Eventually.True(async () => await GetAsync(gateway) == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Authorization_ThatAReloadBrings_IsInForce_AndNoRequestFailsMeanwhile()
    {
        await using var gateway = await PolicyGateway.StartAsync("{}");
        var codes = new HashSet<HttpStatusCode>();

        gateway.Reload("""
            { "Authentication": { "Schemes": { "Own": { "Authority": "https://127.0.0.1:1", "ValidAudience": "a" } } },
              "ReverseProxy": { "Routes": { "hello": { "AuthorizationPolicy": "default" } } } }
            """);
        await Eventually.True(async () => await NoteAsync() == HttpStatusCode.Unauthorized);
        gateway.Reload("{}");
        await Eventually.True(async () => await NoteAsync() == HttpStatusCode.OK);

        Assert.Subset(new HashSet<HttpStatusCode> { HttpStatusCode.OK, HttpStatusCode.Unauthorized }, codes);

        async Task<HttpStatusCode> NoteAsync()
        {
            var code = await GetAsync(gateway);
            codes.Add(code);
            return code;
        }
    }

    [Fact]
    public async Task FallbackPolicy_HoldsOnListenAddressesToo_AndNotForAnonymousNorTheGatewayItself()
    {
        await using var gateway = await PolicyGateway.StartAsync("""
            { "Authentication": { "Schemes": { "Own": { "Authority": "https://127.0.0.1:1", "ValidAudience": "a" } } },
              "Authorization": { "FallbackPolicy": { "RequireAuthenticatedUser": true } },
              "ReverseProxy": { "Routes": { "hello": { "AuthorizationPolicy": "Anonymous" } } } }
            """);

        using var own = await gateway.Client.GetAsync(new Uri($"http://hello.example:{PolicyEdge.Listen}/"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, own.StatusCode);
        Assert.Equal("Stopped", Assert.Single(await gateway.Process.FunctionsAsync()).State);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(gateway, "own.example")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(gateway));
        // The gateway's own requests before it was ready met no policy.
        Assert.DoesNotContain(gateway.Process.Log, line => line.Contains("warm-up", StringComparison.Ordinal) && line.Contains("401", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PolicyThatIsTakenAway_WhileARouteNamesIt_IsARejectedReload()
    {
        await using var gateway = await PolicyGateway.StartAsync(Limit);

        gateway.Reload("""{ "RateLimiter": { "Policies": null }, "ReverseProxy": { "Routes": { "hello": { "RateLimiterPolicy": "few" } } } }""");

        await gateway.Process.WaitForLogAsync(line => line.Contains("ReverseProxy:Routes:hello:RateLimiterPolicy: there is no policy 'few'", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(gateway));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetAsync(gateway));
    }

    [Fact]
    public async Task BackendThatIsAway_IsToldOnceAndWithoutAStackTrace()
    {
        await using var gateway = await PolicyGateway.StartAsync("{}");

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.BadGateway, (await SendAsync(gateway, "own.example")).StatusCode);
        }

        await gateway.Process.WaitForLogAsync(line => line.Contains("own: request ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.Single(gateway.Process.Log, line => line.Contains("own: request ", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Process.Log, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatClientsSendBroken_IsNoFailureInTheLog()
    {
        string[] requests =
        [
            "CONNECT hello.example:443 HTTP/1.1\r\nHost: hello.example:443\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: hello.example\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /echo HTTP/1.1\r\nHost: own.example\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /echo HTTP/1.1\r\nHost: hello.example\r\nContent-Length: 100\r\n\r\nshort",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        ];
        await using var gateway = await PolicyGateway.StartAsync("{}");
        await using var backend = ScriptedBackend.Start(gateway.Space, PolicyEdge.Backend, static (_, _) => new TaskCompletionSource().Task);
        await GetAsync(gateway);
        foreach (var request in requests)
        {
            using var socket = await gateway.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, PolicyEdge.Http));
            await socket.SendAsync(Encoding.ASCII.GetBytes(request));
            socket.Shutdown(SocketShutdown.Send);
            await EndOfAsync(socket);
        }

        Assert.Equal(HttpStatusCode.OK, await GetAsync(gateway));
        await Eventually.True(async () => Assert.Single(await gateway.Process.FunctionsAsync()).InFlight == 0);
        // What was logged before this line is here by now.
        gateway.Reload("""{ "Hsts": {} }""");
        await gateway.Process.WaitForLogAsync(line => line.Contains("The new configuration is in use", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(gateway.Process.Log, line => line.Contains("   at ", StringComparison.Ordinal) || line.Contains("Exception", StringComparison.Ordinal));
    }

    // A server that does not read the rest of what a client sends ends the connection with a reset, or in order, if it was quick.
    private static async Task EndOfAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
    }

    private static async Task<HttpStatusCode> GetAsync(PolicyGateway gateway)
    {
        using var answer = await SendAsync(gateway);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> SendAsync(PolicyGateway gateway, string host = "hello.example") =>
        gateway.Client.GetAsync(new Uri($"https://{host}:{PolicyEdge.Https}/"), TestContext.Current.CancellationToken);
}
