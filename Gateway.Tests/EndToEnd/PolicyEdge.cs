using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway that uses all examples of docs/policies.md at once, in front of the sample function and of a scripted backend.</summary>
public sealed partial class PolicyEdge : IAsyncLifetime
{
    public const int Http = 8080;
    public const int Https = 8443;
    public const int Listen = 8081;
    public const int Backend = 8070;

    private readonly LabCertificates _certificates = new();
    private GatewayProcess? _gateway;

    internal NetworkNamespace Space { get; } = NetworkNamespace.Create();

    internal GatewayProcess Gateway => _gateway!;

    /// <summary>Returns the examples of docs/policies.md, in their order.</summary>
    public static IEnumerable<JsonObject> Examples() =>
        Block().Matches(File.ReadAllText(SourceTree.Path("docs", "policies.md"))).Select(block => JsonNode.Parse(block.Groups["json"].Value)!.AsObject());

    public async ValueTask InitializeAsync()
    {
        var settings = await BaseAsync();
        foreach (var example in Examples())
        {
            Merge(settings, example);
        }

        Merge(settings, JsonNode.Parse("""
            { "RateLimiter": { "Policies": { "queue": { "Concurrency": { "PermitLimit": 1, "QueueLimit": 10 } } } },
              "ReverseProxy": { "Routes": {
                "permitted": { "ClusterId": "hello", "RateLimiterPolicy": "queue", "Match": { "Hosts": ["permitted.example"] } },
                "queued": { "ClusterId": "hello", "RateLimiterPolicy": "queue", "TimeoutPolicy": "fast", "Match": { "Hosts": ["queued.example"] } },
                "kept": { "ClusterId": "own", "OutputCachePolicy": "MINUTES", "Match": { "Hosts": ["kept.example"] } },
                "nocors": { "ClusterId": "hello", "CorsPolicy": "disable", "Match": { "Hosts": ["nocors.example"] } } } } }
            """)!.AsObject());
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = Space, Settings = settings });
    }

    /// <summary>Returns settings with the function, addresses and routes, but no policies.</summary>
    internal async Task<JsonObject> BaseAsync()
    {
        var certificate = _certificates.Issue("localhost");
        return JsonNode.Parse($$"""
            {
              "Kestrel": {
                "Certificates": { "Default": { "Path": "{{certificate.CertificatePath}}", "KeyPath": "{{certificate.KeyPath}}" } },
                "Endpoints": { "plain": { "Url": "http://*:{{Http}}" }, "tls": { "Url": "https://*:{{Https}}" } }
              },
              "ReverseProxy": {
                "Routes": {
                  "hello": { "ClusterId": "hello", "Match": { "Hosts": ["hello.example"] } },
                  "own": { "ClusterId": "own", "Match": { "Hosts": ["own.example"] } }
                },
                "Clusters": { "own": { "Destinations": { "one": { "Address": "http://127.0.0.1:{{Backend}}/" } } } }
              },
              "Gateway": {
                "Ebpf": { "Mode": "Off" },
                "Functions": { "hello": { "Runtime": "Process", "Command": ["{{await HelloSample.BuildAsync()}}"], "Listen": ["http://*:{{Listen}}"], "WakeOn": "Request" } }
              }
            }
            """)!.AsObject();
    }

    /// <summary>Returns a client that does not follow redirects, does not decompress answers, and connects to the gateway whatever the host is.</summary>
    internal HttpClient Client() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectCallback = async (context, token) => new System.Net.Sockets.NetworkStream(
            await Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), token), ownsSocket: true),
#pragma warning disable CA5359 // The lab's own certificate, whatever the name.
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
#pragma warning restore CA5359
    });

    internal async Task SleepAsync() => (await Gateway.Admin.PostAsync("/api/functions/hello/sleep", content: null)).EnsureSuccessStatusCode();

    internal async Task AssertAtRestAsync() => Assert.Equal("Stopped", Assert.Single(await Gateway.FunctionsAsync()).State);

    /// <summary>Merges objects key by key. Any other value replaces what is there.</summary>
    internal static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (key, value) in from)
        {
            if (into[key] is JsonObject known && value is JsonObject more)
            {
                Merge(known, more);
            }
            else
            {
                into[key] = value?.DeepClone();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        _certificates.Dispose();
        Space.Dispose();
    }

    [GeneratedRegex("```json\n(?<json>.*?)```", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
