using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Docker;

/// <summary>Runs functions as containers of a Docker engine.</summary>
/// <param name="gateway">The name of the gateway, unique among those that share the engine.</param>
/// <param name="cgroupRoot">The mount point of cgroup v2 as this process sees it, or null if there is none.</param>
internal sealed class DockerRuntime(EngineOptions engine, string gateway, string? cgroupRoot, TimeProvider time, ILogger<DockerRuntime> logger)
    : EngineRuntime(new DockerDialect(), engine, gateway, cgroupRoot, time, logger);
