using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Podman;

/// <summary>Runs functions as containers of Podman, through the service of <c>podman system service</c> (podman.socket).</summary>
/// <param name="gateway">The name of the gateway, unique among those that share the engine.</param>
/// <param name="cgroupRoot">The mount point of cgroup v2 as this process sees it, or null if there is none.</param>
internal sealed class PodmanRuntime(EngineOptions engine, string gateway, string? cgroupRoot, TimeProvider time, ILogger<PodmanRuntime> logger)
    : EngineRuntime(new PodmanDialect(), engine, gateway, cgroupRoot, time, logger);
