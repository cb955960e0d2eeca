using System.Collections.Concurrent;
using System.Net;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;

namespace Gateway.Tests.Activation;

/// <summary>
/// A runtime that does what the test says, for orders of events and faults that real programs cannot be made to produce. It counts instances and
/// records every rule that was broken.
/// </summary>
internal sealed class FakeRuntime : IRuntime
{
    private int _count;

    public string Name => ProcessModule.RuntimeName;

    public IReadOnlyList<Tier> Tiers { get; set; } = [Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running];

    public bool OutlivesGateway { get; init; }

    /// <summary>Is awaited by every creation of an instance, and throws for a fault. The following properties do the same for other operations.</summary>
    public Func<FakeInstance, CancellationToken, Task> Creating { get; set; } = (_, _) => Task.CompletedTask;

    public Func<FakeInstance, CancellationToken, Task> Starting { get; set; } = (_, _) => Task.CompletedTask;

    public Func<FakeInstance, Tier, Task> Resting { get; set; } = (_, _) => Task.CompletedTask;

    public Func<FakeInstance, Task> Stopping { get; set; } = _ => Task.CompletedTask;

    public Func<FunctionOptions, Task> Preparing { get; set; } = _ => Task.CompletedTask;

    /// <summary>All instances that were created, in order.</summary>
    public ConcurrentQueue<FakeInstance> Instances { get; } = new();

    /// <summary>The names of the functions that the runtime was told to forget.</summary>
    public ConcurrentQueue<string> Forgotten { get; } = new();

    /// <summary>A sentence for each rule that was broken.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>The number of instances in any tier but Stopped, by the function's name.</summary>
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

/// <summary>An instance of the <see cref="FakeRuntime"/>. Tests tell it of leases, so that it notices when it is stopped during one.</summary>
internal sealed class FakeInstance(FakeRuntime runtime, string id, FunctionOptions function) : IInstance
{
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users;
    private int _over;
    private bool _toEnd;
    private volatile bool _stopping;

    public string Id => id;

    public IPEndPoint? Endpoint { get; } = new(IPAddress.Loopback, 9);

    public FunctionOptions Function => function;

    public IReadOnlyList<string> CgroupPaths => [];

    public Task<InstanceExit> Exited => _exited.Task;

    public Tier Tier { get; private set; }

    public bool WasStarted { get; private set; }

    /// <summary>How often the instance was started or woken.</summary>
    public int StartCalls;

    public int StopCalls;

    public int Users => Volatile.Read(ref _users);

    public bool IsOver => Volatile.Read(ref _over) == 1;

    /// <summary>Whether a stop or a rest during a lease breaks no rule, because the test is about a drain that is cut short.</summary>
    public bool MayBeStoppedInUse { get; set; }

    /// <summary>The test completes it to make the instance ready, if <see cref="FunctionBench.ReadyAtOnce"/> is false.</summary>
    public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref StartCalls);
        await runtime.Starting(this, cancellationToken);
        MoveTo(Tier.Running);
        WasStarted = true;
    }

    public async Task RestAsync(Tier tier, CancellationToken cancellationToken)
    {
        CheckUnused("brought to rest");
        await runtime.Resting(this, tier);
        MoveTo(tier);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref StopCalls);
        CheckUnused("stopped");
        _toEnd = true;
        // If the instance died by itself nobody could close its door in time, so leases on it are not a fault.
        _stopping = !IsOver;
        try
        {
            await runtime.Stopping(this);
        }
        catch
        {
            _stopping = false;
            throw;
        }

        End("it was stopped");
    }

    /// <summary>Ends an instance whose stop has failed. An instance that was never to stop goes on.</summary>
    public ValueTask DisposeAsync()
    {
        if (_toEnd)
        {
            End("its stop had failed");
        }

        return ValueTask.CompletedTask;
    }

    public void Die(string reason) => End(reason);

    public void Die(int exitCode) => End("it died", exitCode);

    /// <summary>Says that a lease on the instance begins, which is a fault if it does not run.</summary>
    public void Use()
    {
        Interlocked.Increment(ref _users);
        if (_stopping || Tier != Tier.Running)
        {
            runtime.Violations.Enqueue($"{id} was leased when it was {(_stopping ? "being stopped" : Tier)}");
        }
    }

    /// <summary>Says that a lease on the instance has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _users);

    // An instance that rests counts too.
    private void MoveTo(Tier tier)
    {
        lock (_exited)
        {
            if (!IsOver && Tier == Tier.Stopped)
            {
                runtime.CountLive(function, +1);
            }

            Tier = tier;
        }
    }

    private void CheckUnused(string what)
    {
        if (Volatile.Read(ref _users) > 0 && !MayBeStoppedInUse && !_exited.Task.IsCompleted)
        {
            runtime.Violations.Enqueue($"{id} was {what} with {_users} users");
        }
    }

    private void End(string reason, int exitCode = 0)
    {
        lock (_exited)
        {
            if (Interlocked.Exchange(ref _over, 1) == 0 && Tier != Tier.Stopped)
            {
                runtime.CountLive(function, -1);
            }
        }

        _exited.TrySetResult(new InstanceExit(exitCode, reason));
    }
}
