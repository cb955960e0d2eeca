using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.CommandLine.Explain;

/// <summary>A runtime that reads what another one reads, and never starts, makes or removes anything.</summary>
internal sealed class StillModule(IRuntimeModule module) : IRuntimeModule
{
    public string Name => module.Name;

    public IReadOnlyList<Tier> Tiers => module.Tiers;

    public RunOptions Read(SectionReader function) => module.Read(function);

    public RuntimeSettings? ReadSettings(SectionReader gateway, ConfigurationNode root, bool isUsed) => module.ReadSettings(gateway, root, isUsed);

    public IRuntime Create(RuntimeContext context) => new StillRuntime(module);

    private sealed class StillRuntime(IRuntimeModule module) : IRuntime
    {
        public string Name => module.Name;

        public IReadOnlyList<Tier> Tiers => module.Tiers;

        public Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken) => Task.CompletedTask;

        // A function whose instances are not known yet starts none.
        public Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken) => new TaskCompletionSource<IReadOnlyList<IInstance>>().Task;

        public ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken) => throw new RuntimeException("nothing is started to explain what would be");

        public Task ForgetAsync(string function, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
