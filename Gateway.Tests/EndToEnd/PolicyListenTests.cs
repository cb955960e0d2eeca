using System.Net;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Policies of a function's own addresses: its <c>Route</c> names them.</summary>
public sealed class PolicyListenTests
{
    private const int OtherHttp = 8082;
    private const int OtherHttps = 8444;

    [Fact]
    public async Task RouteOfAFunction_NamesPolicies_AndTheyHoldOnItsAddresses()
    {
        await using var gateway = await StartAsync();

        // Limited: the second wakes nobody.
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(gateway, "http", PolicyEdge.Listen, "/?first")).StatusCode);
        (await gateway.Process.Admin.PostAsync("/api/functions/hello/sleep", content: null)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync(gateway, "http", PolicyEdge.Listen, "/?second")).StatusCode);
        Assert.Equal("Stopped", Assert.Single(await gateway.Process.FunctionsAsync(), function => function.Name == "hello").State);

        // Kept, by its own address and not by the Host that a client sends.
        var first = Instance(await GetAsync(gateway, "https", OtherHttps, "/"));
        using var kept = await GetAsync(gateway, "https", OtherHttps, "/");
        Assert.NotNull(kept.Headers.Age);
        Assert.Equal(first, Instance(kept));

        // Its plain address leads to its own https, and the one without https stays.
        using var redirected = await GetAsync(gateway, "http", OtherHttp, "/a%2Fb");
        Assert.Equal($"https://any.example:{OtherHttps}/a%2Fb", redirected.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task KeptAnswer_OfOneFunction_IsNotAnothersUnderTheSameHost()
    {
        await using var gateway = await StartAsync();

        var other = Instance(await GetAsync(gateway, "https", OtherHttps, "/same", "one.example"));
        var hello = Instance(await GetAsync(gateway, "http", PolicyEdge.Listen, "/same", "one.example"));

        Assert.NotEqual(other, hello);
    }

    private static async Task<PolicyGateway> StartAsync() => await PolicyGateway.StartAsync($$"""
        {
          "HttpsRedirection": { "Listen": true },
          "RateLimiter": { "Policies": { "one": { "FixedWindow": { "PermitLimit": 1, "Window": "01:00:00" } } } },
          "OutputCache": { "Policies": { "hour": { "Expire": "01:00:00" } } },
          "Gateway": { "Functions": {
            "hello": { "Route": { "RateLimiterPolicy": "ONE", "OutputCachePolicy": "hour" } },
            "other": { "Runtime": "Process", "Command": ["{{await HelloSample.BuildAsync()}}"], "WakeOn": "Request",
                       "Listen": ["http://*:{{OtherHttp}}", "https://*:{{OtherHttps}}"], "Route": { "OutputCachePolicy": "hour" } } } }
        }
        """);

    private static Task<HttpResponseMessage> GetAsync(PolicyGateway gateway, string scheme, int port, string path, string host = "any.example")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://any.example:{port}{path}") { Headers = { Host = host == "any.example" ? $"{host}:{port}" : host } };
        return gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Instance(HttpResponseMessage answer) => Assert.Single(answer.Headers.GetValues("X-Instance"));
}
