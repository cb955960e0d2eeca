using System.Collections.Concurrent;
using System.Net;
using Gateway.Activation;
using Gateway.Activation.Trust;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Gateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Activation;

/// <summary>Makes functions on a fake runtime, stands in for their readiness, and records what they tell their observers.</summary>
internal sealed class FunctionBench : IReadiness, IFunctionObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private uint _index;
    private TaskCompletionSource? _reprobe;
    private int _reprobes;

    public FunctionBench(TimeProvider? time = null, BudgetOptions? budget = null, IRuntime? runtime = null, IReadiness? readiness = null, IRestPolicy? policy = null, TrustJudge? trust = null, IVetoes? vetoes = null, params IFunctionObserver[] observers)
    {
        Time = time ?? new FakeTimeProvider();
        Budget = new StartBudget(budget ?? new BudgetOptions(), Time);
        Services = new FunctionServices(
            Time,
            Budget,
            new Dictionary<string, IRuntime> { [Runtime.Name] = runtime ?? Runtime },
            readiness ?? this,
            Metrics,
            ColdStarts,
            NullLogger.Instance)
        {
            Observers = [this, .. observers],
            Rest = policy ?? new StoppedAfterIdle(),
            Trust = trust ?? TrustJudge.Off(Time, Metrics, NullLogger.Instance),
        };
        Services = vetoes is null ? Services : Services with { Vetoes = vetoes };
    }

    public TimeProvider Time { get; }

    /// <summary>The same as <see cref="Time"/>, which has to be a fake one.</summary>
    public FakeTimeProvider Clock => (FakeTimeProvider)Time;

    public FakeRuntime Runtime { get; } = new();

    public StartBudget Budget { get; }

    public GatewayMetrics Metrics { get; } = new(Prometheus.Metrics.NewCustomRegistry());

    public ColdStartLog ColdStarts { get; } = new();

    public FunctionServices Services { get; }

    /// <summary>Whether an instance is ready as soon as it has started. If not, it is when the test completes its <see cref="FakeInstance.Ready"/>.</summary>
    public bool ReadyAtOnce { get; set; } = true;

    /// <summary>How often instances that were running already have been asked whether they are ready.</summary>
    public int Reprobes => Volatile.Read(ref _reprobes);

    /// <summary>From now on instances that run already answer when the test completes the returned source. Until then they answer at once.</summary>
    public TaskCompletionSource Reprobe() => _reprobe = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What functions told about rest, in order.</summary>
    public ConcurrentQueue<(Function Function, bool AtRest)> Rests { get; } = new();

    /// <summary>Is called when a function tells of a program's end, with whether it has ended already.</summary>
    public Action<bool> Ending { get; set; } = _ => { };

    /// <summary>Is called when a function tells that its instances have changed.</summary>
    public Action<Function> Heard { get; set; } = _ => { };

    public static FunctionOptions Options(string name = "hello") => new() { Name = name, Run = new ProcessRunOptions { Command = ["x"] } };

    /// <summary>Makes a function and opens it.</summary>
    public Function Make(FunctionOptions? options = null)
    {
        var function = new Function(_index++, options ?? Options(), Services);
        function.Open();
        return function;
    }

    public Signal Signal(SignalKind kind) => new(kind, Time.GetTimestamp(), new IPEndPoint(IPAddress.Parse("198.51.100.4"), 51234));

    /// <summary>Waits for the function as a request in the hold does.</summary>
    public Task<WaitResult> RequestAsync(Function function, CancellationToken cancellationToken = default) =>
        function.WaitAsync(Signal(SignalKind.Request), cancellationToken).AsTask();

    /// <summary>Wakes the function by a request, and returns its only running instance.</summary>
    public async Task<FunctionInstance> RunningAsync(Function function)
    {
        var arrival = await RequestAsync(function).WaitAsync(Patience);
        Xunit.Assert.True(arrival.IsRunning, arrival.Failure);
        return Xunit.Assert.Single(function.Running);
    }

    /// <summary>Sends a request through the function as the hold does it: it waits, takes a lease, uses the instance and releases it.</summary>
    /// <returns>A task that returns null if the request was served, or else why it was not.</returns>
    public async Task<string?> ServeAsync(Function function, Func<FunctionInstance, Task> use)
    {
        while (true)
        {
            var arrival = await RequestAsync(function);
            if (!arrival.IsRunning)
            {
                return arrival.Failure;
            }

            if (function.Running is [var instance, ..] && instance.TryLease())
            {
                var fake = instance.Runtime as FakeInstance;
                fake?.Use();
                try
                {
                    await use(instance);
                }
                finally
                {
                    fake?.Leave();
                    instance.Release(Time.GetTimestamp());
                }

                return null;
            }
        }
    }

    /// <summary>Waits for a task for as long as a test may take.</summary>
    public static Task Within(Task task) => task.WaitAsync(Patience);

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Patience);

    public void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded) => Ending(hasEnded);

    public IReadinessWatch Watch(IInstance instance, FunctionOptions function) => new ReadyWatch(this, (FakeInstance)instance);

    public void OnInstances(Function function) => Heard(function);

    public void OnRest(Function function, bool atRest) => Rests.Enqueue((function, atRest));

    private sealed class ReadyWatch(FunctionBench bench, FakeInstance instance) : IReadinessWatch
    {
        private readonly bool _wasRunning = instance.Tier == Tier.Running;

        public async Task<ReadyTimes> WaitAsync(Task started, CancellationToken cancellationToken)
        {
            await started;
            if (_wasRunning)
            {
                Interlocked.Increment(ref bench._reprobes);
                await (bench._reprobe?.Task ?? Task.CompletedTask).WaitAsync(cancellationToken);
            }
            else if (!bench.ReadyAtOnce)
            {
                await instance.Ready.Task.WaitAsync(cancellationToken);
            }

            return new ReadyTimes(0, bench.Time.GetTimestamp());
        }

        public void Dispose()
        {
        }
    }
}
