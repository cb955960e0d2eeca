using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>The bytes that a real gateway counts on its connections to instances, whatever is spoken there.</summary>
[SideBySide]
public sealed class ByteCountTests
{
    private const int Hello = 8090;

    /// <summary>What heads and frames may add.</summary>
    private const int Heads = 20_000;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bodies_OfHttp1AndHttp2_AreCountedBothWays()
    {
        await using var echo = await StartAsync();
        using var client = echo.Space.CreateHttpClient();

        Assert.Equal(1_000_000, await SendAsync(client, Hello, "application/octet-stream", 1_000_000));
        Assert.Equal(500_000, await SendAsync(client, EchoFunction.Listen, "application/grpc", 500_000));

        var metrics = await echo.Gateway.MetricsAsync();
        AssertCounted(metrics, "hello", 1_000_000, 1_000_000);
        AssertCounted(metrics, "echo", 500_000, 500_000);
    }

    [Fact]
    public async Task WebSocket_ThatIsOpen_IsCountedAsItGoes()
    {
        await using var echo = await StartAsync();
        using var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => new System.Net.Sockets.NetworkStream(await echo.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Hello), token), ownsSocket: true),
        });
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Hello}/ws"), invoker, Ended);

        for (var part = 1; part <= 2; part++)
        {
            await socket.SendAsync(new byte[50_000], WebSocketMessageType.Binary, endOfMessage: true, Ended);
            var buffer = new byte[100_000];
            for (var received = 0; received < 50_000;)
            {
                received += (await socket.ReceiveAsync(buffer, Ended)).Count;
            }

            AssertCounted(await echo.Gateway.MetricsAsync(), "hello", part * 50_000, part * 50_000);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ended);
        AssertCounted(await echo.Gateway.MetricsAsync(), "hello", 100_000, 100_000);
    }

    [Fact]
    public async Task ClustersOfTheUsersOwn_WithOneDestination_AreCountedApart()
    {
        await using var echo = await StartAsync();
        using var client = echo.Space.CreateHttpClient();

        await SendAsync(client, EchoFunction.Shared, "application/octet-stream", 300_000, "/one");
        await SendAsync(client, EchoFunction.Shared, "application/octet-stream", 200_000, "/two");
        await SendAsync(client, EchoFunction.Shared, "application/octet-stream", 100_000, "/named");

        var metrics = await echo.Gateway.MetricsAsync();
        AssertCounted(metrics, "one", 300_000, 300_000);
        AssertCounted(metrics, "two", 200_000, 200_000);
        AssertCounted(metrics, "named", 100_000, 100_000);
        // All three go on to the one function.
        AssertCounted(metrics, "hello", 600_000, 600_000);
    }

    [Fact]
    public async Task Series_GoWithTheFunctionAndTheCluster_AndAFunctionThatTakesAClustersNameHasItsOwn()
    {
        await using var echo = await StartAsync();
        using var client = echo.Space.CreateHttpClient();
        await SendAsync(client, EchoFunction.Shared, "application/octet-stream", 300_000, "/one");
        Assert.True((await echo.Gateway.MetricsAsync()).Sum("gateway_request_bytes_total", ("function", "hello")) > 0);

        var settings = await SettingsAsync();
        var functions = settings["Gateway"]!["Functions"]!.AsObject();
        functions["one"] = functions["hello"]!.DeepClone();
        functions.Remove("hello");
        settings["ReverseProxy"]!["Clusters"]!.AsObject().Remove("one");
        echo.Gateway.UpdateSettings(settings);

        await Eventually.True(async () => await echo.Gateway.MetricsAsync() is var now && now.Sum("gateway_request_bytes_total", ("function", "hello")) == 0
            && !now.Samples.Any(sample => sample.Name is "gateway_response_bytes_total" && sample.Labels["function"] is "hello"), "the series are gone");
        await SendAsync(client, Hello, "application/octet-stream", 10_000);
        await Eventually.True(async () => (await echo.Gateway.MetricsAsync()).Sum("gateway_requests_total", ("function", "one"), ("method", "PUT"), ("code", "200")) >= 1, "it has ended");
        Assert.InRange((await echo.Gateway.MetricsAsync()).Sum("gateway_request_bytes_total", ("function", "one")), 10_000, double.MaxValue);
    }

    private static void AssertCounted(MetricsSnapshot metrics, string function, int sent, int received)
    {
        Assert.InRange(metrics.Sum("gateway_request_bytes_total", ("function", function)), sent, sent + Heads);
        Assert.InRange(metrics.Sum("gateway_response_bytes_total", ("function", function)), received, received + Heads);
    }

    /// <returns>How many bytes came back.</returns>
    private static async Task<int> SendAsync(HttpClient client, int port, string type, int size, string path = "/echo")
    {
        var isGrpc = type == "application/grpc";
        using var request = new HttpRequestMessage(isGrpc ? HttpMethod.Post : HttpMethod.Put, $"http://127.0.0.1:{port}{path}")
        {
            Content = new ByteArrayContent(new byte[size]) { Headers = { { "Content-Type", type } } },
            Version = isGrpc ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, Ended);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadAsByteArrayAsync(Ended)).Length;
    }

    private static async Task<EchoFunction> StartAsync() => await EchoFunction.StartAsync(protocol: "h2c", more: Change(await HelloSample.BuildAsync()));

    private static async Task<JsonObject> SettingsAsync() => EchoFunction.Settings(protocol: "h2c", more: Change(await HelloSample.BuildAsync()));

    private static Action<JsonObject> Change(string hello) => settings =>
    {
        settings["Gateway"]!["Functions"]!["hello"] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray(hello), ["Listen"] = new JsonArray($"http://*:{Hello}") };
        settings["ReverseProxy"] = JsonNode.Parse($$"""
            {
              "Routes": {
                "one": { "ClusterId": "one", "Match": { "Path": "/one" }, "Transforms": [ { "PathSet": "/echo" } ] },
                "two": { "ClusterId": "two", "Match": { "Path": "/two" }, "Transforms": [ { "PathSet": "/echo" } ] },
                "named": { "ClusterId": "named", "Match": { "Path": "/named" }, "Transforms": [ { "PathSet": "/echo" } ] }
              },
              "Clusters": {
                "one": { "Destinations": { "hello": { "Address": "http://127.0.0.1:{{Hello}}/" } } },
                "two": { "Destinations": { "hello": { "Address": "http://127.0.0.1:{{Hello}}/" } } },
                "named": { "Destinations": { "hello": { "Address": "http://localhost:{{Hello}}/" } } }
              }
            }
            """);
    };
}
