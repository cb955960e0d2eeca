using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Docker;

/// <summary>Functions as containers of a Docker engine.</summary>
/// <param name="gateway">The gateway's name, unique among those that share the engine.</param>
/// <param name="cgroupRoot">Where cgroup v2 is mounted, as this process sees it; null: nowhere.</param>
internal sealed class DockerRuntime(EngineOptions engine, string gateway, string? cgroupRoot, TimeProvider time, ILogger<DockerRuntime> logger)
    : EngineRuntime(new DockerDialect(), engine, gateway, cgroupRoot, time, logger);
