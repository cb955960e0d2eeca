using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Podman;

/// <summary>The module for <c>"Runtime": "Podman"</c>.</summary>
internal sealed class PodmanModule() : EngineModule(new PodmanDialect())
{
    protected override IRuntime Create(EngineOptions engine, RuntimeContext context) =>
        new PodmanRuntime(engine, context.Gateway, context.CgroupRoot, context.Time, context.Loggers.CreateLogger<PodmanRuntime>());
}
