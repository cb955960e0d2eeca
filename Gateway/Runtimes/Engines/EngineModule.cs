using Docker.DotNet;
using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Model;
using Gateway.Runtimes.Engines.Discovery;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Engines.Reading;

namespace Gateway.Runtimes.Engines;

/// <summary>The module of a runtime on a container engine. Its configuration is the same for all engines that speak Docker's API.</summary>
internal abstract class EngineModule(EngineDialect dialect) : IRuntimeModule
{
    /// <summary>The time that a start waits for an engine to list its containers.</summary>
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(3);

    public string Name => dialect.Name;

    public IReadOnlyList<Tier> Tiers => EngineDialect.Tiers;

    public RunOptions Read(SectionReader function) => ContainerReader.Read(function, dialect.Name);

    public RuntimeSettings ReadSettings(SectionReader gateway, ConfigurationNode root, bool isUsed) => EngineReader.Read(dialect, gateway, root, isUsed);

    public IRuntime Create(RuntimeContext context) => Create(Located(context.Settings, context.ContentRoot), context);

    public Task<IReadOnlyList<Finding>> ExamineAsync(RuntimeExamination examination, CancellationToken cancellationToken) =>
        new EngineExamination(dialect, Located(examination.Settings, examination.ContentRoot), examination).RunAsync(cancellationToken);

    public async Task<IReadOnlyList<LabelledContainer>> DiscoverAsync(RuntimeSettings? settings, string gateway, CancellationToken cancellationToken)
    {
        if (settings is not EngineOptions { Discover: true } options)
        {
            return [];
        }

        using var engine = new EngineClient(dialect, options);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_startLimit);
        try
        {
            return new ContainerRoster(TimeProvider.System).Update(await new LabelledContainers(engine, gateway).FindAsync(limit.Token));
        }
        catch (Exception exception) when (exception is RuntimeException or DockerApiException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return [];
        }
    }

    private static EngineOptions Located(RuntimeSettings? settings, string contentRoot)
    {
        var engine = (EngineOptions)settings!;
        return engine with { Gate = GateDirectories.Locate(engine.Gate, Environment.GetEnvironmentVariable, contentRoot) ?? "" };
    }

    protected abstract IRuntime Create(EngineOptions engine, RuntimeContext context);
}
