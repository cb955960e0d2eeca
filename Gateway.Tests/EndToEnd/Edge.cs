using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;

namespace Gateway.Tests.EndToEnd;

/// <summary>A client, a link, the built gateway with a certificate, and its functions, usually the sample.</summary>
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

    /// <summary>A copy of the settings with which the gateway was started. It may be changed and given to <see cref="GatewayProcess.UpdateSettings"/>.</summary>
    public JsonObject Settings => (JsonObject)_options.Settings.DeepClone();

    public LabCertificates Certificates => _certificates;

    /// <summary>Starts a gateway on a new network.</summary>
    /// <param name="roundTrip">The round trip of the link.</param>
    /// <param name="functions">Makes the settings of the functions, by name.</param>
    /// <param name="gatewaySection">The rest of the <c>Gateway</c> section.</param>
    public static async Task<Edge> StartAsync(TimeSpan roundTrip, Func<LabNetwork, JsonObject> functions, JsonObject? gatewaySection = null)
    {
        var network = await LabNetwork.CreateAsync(roundTrip);
        return await StartAsync(network, functions(network), gatewaySection);
    }

    /// <summary>Starts a gateway on a network, which is disposed together with the edge.</summary>
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

    /// <summary>Ends the gateway and starts another one with the same settings.</summary>
    public async Task RestartAsync(bool kill)
    {
        await (kill ? Gateway.KillAsync() : Gateway.StopAsync(TimeSpan.FromSeconds(40)));
        await Gateway.DisposeAsync();
        Gateway = await GatewayProcess.StartAsync(_options);
    }

    /// <summary>Starts another gateway of the same configuration folder beside this one, and does not wait. The caller owns it, and makes it <see cref="Gateway"/> with <see cref="Follow"/>.</summary>
    public GatewayProcess LaunchNext(params string[] arguments) => LaunchNext(options => options with { Arguments = arguments });

    /// <inheritdoc cref="LaunchNext(string[])"/>
    public GatewayProcess LaunchNext(Func<GatewayProcessOptions, GatewayProcessOptions> change) =>
        GatewayProcess.Launch(change(_options with { ContentRoot = Gateway.ContentRoot }));

    /// <summary>Makes a gateway this edge's, and returns the one before, which has to outlive it: the configuration's folder is its.</summary>
    public GatewayProcess Follow(GatewayProcess next)
    {
        var before = Gateway;
        Gateway = next;
        return before;
    }

    /// <summary>Returns the settings of a function that runs the sample as a process and has addresses of its own for HTTP and HTTPS.</summary>
    public static async Task<JsonObject> HelloAsync(string wakeOn, int bootMilliseconds, TimeSpan? idle = null) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray(await HelloSample.BuildAsync()),
        ["Environment"] = new JsonObject { ["BOOT_MS"] = $"{bootMilliseconds}" },
        ["WakeOn"] = wakeOn,
        ["Listen"] = new JsonArray($"http://*:{HttpPort}", $"https://*:{HttpsPort}"),
        ["Idle"] = new JsonObject { ["After"] = (idle ?? TimeSpan.FromMinutes(5)).ToString() },
    };

    /// <summary>Sends a GET by curl from the client's end of the link.</summary>
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

    /// <summary>Brings a function to rest, and completes when it is there.</summary>
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
