using System.Collections.Concurrent;
using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Tests.Activation;

/// <summary>
/// A runtime that does what the test says, for orders and faults that real programs cannot be made to produce. It counts
/// what runs and notes every rule that was broken.
/// </summary>
internal sealed class FakeRuntime : IRuntime
{
    private int _count;

    public RuntimeKind Kind => RuntimeKind.Process;

    public bool OutlivesGateway { get; init; }

    /// <summary>Awaited by every create, start and stop; throws for a fault.</summary>
    public Func<FakeInstance, CancellationToken, Task> Creating { get; set; } = (_, _) => Task.CompletedTask;

    public Func<FakeInstance, CancellationToken, Task> Starting { get; set; } = (_, _) => Task.CompletedTask;

    public Func<FakeInstance, Task> Stopping { get; set; } = _ => Task.CompletedTask;

    public Func<FunctionOptions, Task> Preparing { get; set; } = _ => Task.CompletedTask;

    public ConcurrentQueue<FakeInstance> Instances { get; } = new();

    public ConcurrentQueue<string> Forgotten { get; } = new();

    /// <summary>Rules that were broken.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    public ConcurrentDictionary<string, int> Live { get; } = new(StringComparer.Ordinal);

    public int Starts => Instances.Count(instance => instance.WasStarted);

    public FakeInstance Last => Instances.Last();

    public Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken) => Preparing(function);

    public Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IInstance>>([]);

    public async ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var instance = new FakeInstance(this, $"{function.Name}-{Interlocked.Increment(ref _count)}", function);
        Instances.Enqueue(instance);
        await Creating(instance, cancellationToken);
        return instance;
    }

    public Task ForgetAsync(string function, CancellationToken cancellationToken)
    {
        Forgotten.Enqueue(function);
        return Task.CompletedTask;
    }

    internal void CountLive(FunctionOptions function, int change)
    {
        var live = Live.AddOrUpdate(function.Name, change, (_, before) => before + change);
        if (live > function.Scale.Max)
        {
            Violations.Enqueue($"{live} instances of {function.Name} at once");
        }
    }
}

/// <summary>Its instance. Users tell it of leases, so that it knows when it is stopped under one.</summary>
internal sealed class FakeInstance(FakeRuntime runtime, string id, FunctionOptions function) : IInstance
{
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users;
    private int _over;

    public string Id => id;

    public IPEndPoint? Endpoint { get; } = new(IPAddress.Loopback, 9);

    public FunctionOptions Function => function;

    public IReadOnlyList<string> CgroupPaths => [];

    public Task<InstanceExit> Exited => _exited.Task;

    public bool WasStarted { get; private set; }

    public int StopCalls;

    public bool IsOver => Volatile.Read(ref _over) == 1;

    /// <summary>Cutting a drain short is what the test is about.</summary>
    public bool MayBeStoppedInUse { get; set; }

    public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await runtime.Starting(this, cancellationToken);
        WasStarted = true;
        runtime.CountLive(function, +1);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref StopCalls);
        if (Volatile.Read(ref _users) > 0 && !MayBeStoppedInUse && !_exited.Task.IsCompleted)
        {
            runtime.Violations.Enqueue($"{id} was stopped with {_users} users");
        }

        await runtime.Stopping(this);
        End("it was stopped");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Die(string reason) => End(reason);

    public void Use()
    {
        Interlocked.Increment(ref _users);
        if (IsOver && !_exited.Task.IsCompleted)
        {
            runtime.Violations.Enqueue($"{id} was leased when it was over");
        }
    }

    public void Leave() => Interlocked.Decrement(ref _users);

    private void End(string reason)
    {
        if (Interlocked.Exchange(ref _over, 1) == 0 && WasStarted)
        {
            runtime.CountLive(function, -1);
        }

        _exited.TrySetResult(new InstanceExit(0, reason));
    }
}
