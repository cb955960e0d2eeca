using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Starts a published gateway that is compared. Its function is the same program on the same core as that of the others, but its own instance: it starts it itself.</summary>
internal static class WarmGateway
{
    /// <param name="name">The subject's name.</param>
    /// <param name="program">The gateway's executable.</param>
    /// <param name="function">The function's.</param>
    /// <param name="ports">Where it listens.</param>
    /// <param name="space">In which namespace.</param>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="directory">Where the socket of its allocation probe is.</param>
    public static async Task<WarmSubject> StartAsync(
        string name, string program, string function, WarmPorts ports, NetworkNamespace space, LabCertificate certificate, LabDirectory directory)
    {
        var hello = BenchSettings.Process(function, bootMilliseconds: 0, "Syn");
        hello["Command"] = new JsonArray("taskset", "--cpu-list", WarmCores.Load, function);
        var settings = new JsonObject
        {
            ["Kestrel"] = WarmSettings.Kestrel(ports, certificate),
            ["ReverseProxy"] = WarmSettings.ReverseProxy(backend: null),
            ["Gateway"] = new JsonObject { ["Functions"] = new JsonObject { ["hello"] = hello } },
        };
        var probe = directory.File($"{name}.probe");
        var gateway = await GatewayProcess.StartAsync(new()
        {
            Namespace = space,
            Settings = settings,
            Program = program,
            Cores = WarmCores.Proxy,
            Environment = WarmSubject.Probed(probe),
        });
        return new WarmSubject(name, ports, gateway.ProcessId, [gateway], probe);
    }
}
