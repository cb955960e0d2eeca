using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;

namespace Gateway.Tests.EndToEnd;

/// <summary>A whole edge: client, link, the built gateway with a certificate, and the sample function.</summary>
internal sealed class Edge : IAsyncDisposable
{
    public const string Host = "hello.example";
    public const int HttpPort = 8081;
    public const int HttpsPort = 8443;
    public const int SharedPort = 443;

    private readonly LabCertificates _certificates;
    private readonly GatewayProcessOptions _options;

    private Edge(LabNetwork network, LabCertificates certificates, GatewayProcessOptions options, GatewayProcess gateway)
    {
        Network = network;
        _certificates = certificates;
        _options = options;
        Gateway = gateway;
    }

    public LabNetwork Network { get; }

    public GatewayProcess Gateway { get; private set; }

    /// <summary>What the gateway was started with; a copy may be changed and given to <see cref="GatewayProcess.UpdateSettings"/>.</summary>
    public JsonObject Settings => (JsonObject)_options.Settings.DeepClone();

    public LabCertificates Certificates => _certificates;

    public static async Task<Edge> StartAsync(TimeSpan roundTrip, Func<LabNetwork, JsonObject> functions, JsonObject? gatewaySection = null)
    {
        var network = await LabNetwork.CreateAsync(roundTrip);
        return await StartAsync(network, functions(network), gatewaySection);
    }

    /// <summary>Takes the network over.</summary>
    public static async Task<Edge> StartAsync(LabNetwork network, JsonObject functions, JsonObject? gatewaySection = null, Action<JsonObject>? settings = null)
    {
        var certificates = new LabCertificates();
        try
        {
            var options = new GatewayProcessOptions { Namespace = network.Server, Settings = DefaultSettings(certificates, functions, gatewaySection) };
            settings?.Invoke(options.Settings);
            return new Edge(network, certificates, options, await GatewayProcess.StartAsync(options));
        }
        catch
        {
            certificates.Dispose();
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the gateway and starts another with the same settings.</summary>
    public async Task RestartAsync(bool kill)
    {
        await (kill ? Gateway.KillAsync() : Gateway.StopAsync(TimeSpan.FromSeconds(40)));
        await Gateway.DisposeAsync();
        Gateway = await GatewayProcess.StartAsync(_options);
    }

    /// <summary>The sample as a local process, with own addresses for HTTP and HTTPS and a route on the shared one.</summary>
    public static async Task<JsonObject> HelloAsync(string wakeOn, int bootMilliseconds, TimeSpan? idle = null) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray(await HelloSample.BuildAsync()),
        ["Environment"] = new JsonObject { ["BOOT_MS"] = $"{bootMilliseconds}" },
        ["WakeOn"] = wakeOn,
        ["Listen"] = new JsonArray($"http://*:{HttpPort}", $"https://*:{HttpsPort}"),
        ["Idle"] = new JsonObject { ["After"] = (idle ?? TimeSpan.FromMinutes(5)).ToString() },
    };

    /// <summary>A GET by curl on the client's side of the link.</summary>
    public Task<CurlResult> GetAsync(string path = "/", int port = HttpsPort, TlsVersion tls = TlsVersion.Tls13, params string[] arguments) =>
        Curl.GetAsync(new CurlOptions
        {
            Namespace = Network.Client,
            Url = $"{(port == HttpPort ? "http" : "https")}://{Host}:{port}{path}",
            Resolve = Network.Link.Server.Address,
            CaFile = _certificates.CaPath,
            MinTls = tls,
            MaxTls = tls,
            Arguments = arguments,
        });

    /// <summary>Brings a function to rest; returns when it is.</summary>
    public async Task SleepAsync(string function = "hello") =>
        (await Gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null)).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _certificates.Dispose();
        await Network.DisposeAsync();
    }

    private static JsonObject DefaultSettings(LabCertificates certificates, JsonObject functions, JsonObject? gatewaySection)
    {
        var certificate = certificates.Issue(Host, "*.hello.example");
        var gateway = gatewaySection ?? [];
        gateway["Functions"] = functions;
        return new JsonObject
        {
            ["Kestrel"] = new JsonObject
            {
                ["Certificates"] = new JsonObject
                {
                    ["Default"] = new JsonObject { ["Path"] = certificate.CertificatePath, ["KeyPath"] = certificate.KeyPath },
                },
                ["Endpoints"] = new JsonObject { ["shared"] = new JsonObject { ["Url"] = $"https://*:{SharedPort}" } },
            },
            ["ReverseProxy"] = new JsonObject
            {
                ["Routes"] = new JsonObject
                {
                    ["hello"] = new JsonObject { ["ClusterId"] = "hello", ["Match"] = new JsonObject { ["Hosts"] = new JsonArray(Host) } },
                },
            },
            ["Gateway"] = gateway,
        };
    }
}
