using System.Collections.Concurrent;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Tests.Runtimes.Dummy;

/// <summary>Makes instances and remembers them.</summary>
internal sealed class DummyRuntime(DummySettings settings) : IRuntime
{
    public string Name => DummyRunOptions.RuntimeName;

    public IReadOnlyList<Tier> Tiers => DummyModule.ItsTiers;

    /// <summary>In the order in which they were made.</summary>
    public ConcurrentQueue<DummyInstance> Instances { get; } = new();

    public Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IInstance>>([]);

    public ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var instance = new DummyInstance($"{function.Name}-{Instances.Count + 1}", ((DummyRunOptions)function.Run).Word + settings.Mark);
        Instances.Enqueue(instance);
        return new(instance);
    }

    public Task ForgetAsync(string function, CancellationToken cancellationToken) => Task.CompletedTask;
}
