using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Engines.Reading;

namespace Gateway.Runtimes.Engines;

/// <summary>The module of a runtime on a container engine. Its configuration is the same for all engines that speak Docker's API.</summary>
internal abstract class EngineModule(EngineDialect dialect) : IRuntimeModule
{
    public string Name => dialect.Name;

    public IReadOnlyList<Tier> Tiers => EngineDialect.Tiers;

    public RunOptions Read(SectionReader function) => ContainerReader.Read(function, dialect.Name);

    public RuntimeSettings ReadSettings(SectionReader gateway, ConfigurationNode root, bool isUsed) => EngineReader.Read(dialect, gateway, root, isUsed);

    public IRuntime Create(RuntimeContext context)
    {
        var engine = (EngineOptions)context.Settings!;
        return Create(engine with { Gate = GateDirectories.Locate(engine.Gate, Environment.GetEnvironmentVariable, context.ContentRoot) ?? "" }, context);
    }

    protected abstract IRuntime Create(EngineOptions engine, RuntimeContext context);
}
