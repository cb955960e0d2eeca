using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Docker;

/// <summary>The module for <c>"Runtime": "Docker"</c>.</summary>
internal sealed class DockerModule() : EngineModule(new DockerDialect())
{
    protected override IRuntime Create(EngineOptions engine, RuntimeContext context) =>
        new DockerRuntime(engine, context.Gateway, context.CgroupRoot, context.Time, context.Loggers.CreateLogger<DockerRuntime>());
}
