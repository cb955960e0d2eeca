using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a request for a backend that runs looks like when it gets there.</summary>
public sealed class WarmPathTests
{
    private const int Front = 8081;
    private const int Backend = 8070;
    private const string Context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task TraceContext_OfTheClient_ArrivesAsItCame()
    {
        var head = await ForwardAsync(request => request.Headers.Add("traceparent", Context));

        Assert.Contains($"traceparent: {Context}\r\n", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task TraceContext_OfAClientWithoutOne_IsNotMadeUp()
    {
        var head = await ForwardAsync(_ => { });

        Assert.Contains("X-Forwarded-For: 127.0.0.1\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("traceparent", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task TraceContext_WithTheUsersOwnLogLevel_IsMadeAgain()
    {
        var settings = Settings();
        settings["Logging"] = JsonNode.Parse("""{ "LogLevel": { "Microsoft.AspNetCore.Hosting.Diagnostics": "Warning" } }""");

        var head = await ForwardAsync(_ => { }, settings);

        Assert.Contains("traceparent: 00-", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task WarmUp_OnAddressesOfBothKinds_GetsThrough()
    {
        await using var echo = await EchoFunction.StartAsync();

        Assert.DoesNotContain("The warm-up failed", echo.Gateway.LastLines(100), StringComparison.Ordinal);
    }

    /// <returns>The request's head as the backend reads it.</returns>
    private static async Task<string> ForwardAsync(Action<HttpRequestMessage> change, JsonObject? settings = null)
    {
        using var space = NetworkNamespace.Create();
        using var backend = space.Listen(new IPEndPoint(IPAddress.Loopback, Backend));
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings ?? Settings() });
        // Our own spans, if any, are not to travel.
        using var client = space.CreateHttpClient(configure: handler => handler.ActivityHeadersPropagator = null);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Front}/");
        change(request);

        var answered = client.SendAsync(request);
        using var connection = await backend.AcceptAsync();
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var size = await connection.ReceiveAsync(buffer);
            Assert.NotEqual(0, size);
            head.Append(Encoding.ASCII.GetString(buffer, 0, size));
        }

        await connection.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        using var response = await answered;
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        return head.ToString();
    }

    // A cluster of the user's own: no function is in the way.
    private static JsonObject Settings() => JsonNode.Parse($$"""
        {
          "Kestrel": { "Endpoints": { "shared": { "Url": "http://127.0.0.1:{{Front}}" } } },
          "ReverseProxy": {
            "Routes": { "own": { "ClusterId": "own", "Match": { "Path": "/{**rest}" } } },
            "Clusters": { "own": { "Destinations": { "one": { "Address": "http://127.0.0.1:{{Backend}}/" } } } }
          },
          "Gateway": { "Ebpf": { "Mode": "Off" } }
        }
        """)!.AsObject();
}
