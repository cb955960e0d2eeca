using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Podman;

/// <summary>Functions as containers of Podman, by the service that <c>podman system service</c> (podman.socket) is.</summary>
/// <param name="gateway">The gateway's name, unique among those that share the engine.</param>
/// <param name="cgroupRoot">Where cgroup v2 is mounted, as this process sees it; null: nowhere.</param>
internal sealed class PodmanRuntime(EngineOptions engine, string gateway, string? cgroupRoot, TimeProvider time, ILogger<PodmanRuntime> logger)
    : EngineRuntime(new PodmanDialect(), engine, gateway, cgroupRoot, time, logger);
