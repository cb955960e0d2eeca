using System.Text.Json.Nodes;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Soak;

/// <summary>
/// The functions of a soak: programs and containers, of every tier, with plain and TLS addresses of their own, and one that speaks HTTP/2. All
/// come to rest after a second.
/// </summary>
internal sealed class SoakFleet(string hello, LabCertificate certificate, Uri? docker)
{
    /// <summary>The image of the containers.</summary>
    public const string Image = "soak:1";

    private const string Grpc = "grpc";
    private const int FirstPort = 8100;

    private static readonly string[] s_tiers = ["Stopped", "Paused", "Auto"];

    /// <summary>The functions that answer as samples/hello does.</summary>
    public IReadOnlyList<string> Names { get; } =
        [.. s_tiers.SelectMany(tier => new[] { $"process-{tier}-a", $"process-{tier}-b" }.Concat(docker is null ? [] : [$"docker-{tier}"])).Select(name => name.ToLowerInvariant())];

    /// <summary>The function that speaks HTTP/2 and answers gRPC with what it was sent.</summary>
    public string GrpcName => Grpc;

    public IEnumerable<string> All => Names.Append(Grpc);

    public int PlainPort(string function) => FirstPort + (2 * IndexOf(function));

    public int TlsPort(string function) => PlainPort(function) + 1;

    /// <param name="extra">Whether there is one function more: a reload adds it, and the next one removes it.</param>
    public JsonObject Settings(bool extra)
    {
        var functions = new JsonObject();
        foreach (var name in Names)
        {
            functions[name] = name.StartsWith("docker", StringComparison.Ordinal) ? Container(name) : Program(name, [hello]);
        }

        var echo = LabExecutable.Command("echo", "h2c");
        functions[Grpc] = Program(Grpc, [echo.FileName, .. echo.Arguments]);
        functions[Grpc]!["Protocol"] = "h2c";
        if (extra)
        {
            functions["extra"] = Program("extra", [hello]);
        }

        var gateway = new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Required" }, ["Budget"] = BenchSettings.UnlimitedBudget(), ["Functions"] = functions };
        if (docker is not null)
        {
            gateway["Docker"] = new JsonObject { ["Endpoint"] = docker.ToString() };
        }

        return new JsonObject { ["Kestrel"] = new JsonObject { ["Certificates"] = BenchSettings.Certificates(certificate) }, ["Gateway"] = gateway };
    }

    /// <summary>Starts a gateway for them.</summary>
    public Task<GatewayProcess> StartAsync(NetworkNamespace space) =>
        GatewayProcess.StartAsync(new() { Namespace = space, Settings = Settings(extra: false), Program = PublishedPrograms.Gateway, StartTimeout = TimeSpan.FromSeconds(60) });

    private int IndexOf(string function) => All.Append("extra").ToList().IndexOf(function);

    private JsonObject Program(string name, IEnumerable<string> command) => new(Common(name))
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray([.. command.Select(word => JsonValue.Create(word))]),
    };

    private JsonObject Container(string name) => new(Common(name)) { ["Runtime"] = "Docker", ["Image"] = Image, ["Command"] = new JsonArray("/hello"), ["Port"] = 8080 };

    private IEnumerable<KeyValuePair<string, JsonNode?>> Common(string name)
    {
        var tier = Array.Find(s_tiers, tier => name.Contains(tier, StringComparison.OrdinalIgnoreCase)) ?? "Stopped";
        var idle = new JsonObject { ["After"] = "00:00:01", ["Tier"] = tier };
        if (tier != "Auto")
        {
            // Clients that keep connections do not keep it from resting as deeply as that.
            idle["KeepAliveTier"] = tier;
        }

        return
        [
            new("Listen", new JsonArray($"http://*:{PlainPort(name)}", $"https://*:{TlsPort(name)}")),
            new("Idle", idle),
        ];
    }
}
