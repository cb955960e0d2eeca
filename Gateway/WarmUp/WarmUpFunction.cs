using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Listening;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Telemetry;
using Prometheus;

namespace Gateway.WarmUp;

/// <summary>
/// A function that exists only while the gateway warms itself up. Its instance is a server of the gateway's own, so
/// that the whole path (TLS, routing, hold, wake, probe, forwarder) has run before the first client comes. It has metrics
/// and cold starts of its own, so that the warm-up shows nowhere.
/// </summary>
internal sealed class WarmUpFunction : IWarmUpGate
{
    private volatile Function? _function;

    /// <inheritdoc/>
    public bool Done { get; private set; }

    /// <inheritdoc/>
    public Function? Function => _function;

    /// <summary>Makes the function, which takes the warm-up's requests until <see cref="End"/>.</summary>
    public Function Start(FunctionServices services, IReadiness readiness, IPEndPoint server)
    {
        var runtime = new SelfRuntime(server);
        var own = new FunctionServices(
            services.Time,
            new StartBudget(new BudgetOptions(), services.Time),
            new Dictionary<string, IRuntime>(StringComparer.Ordinal) { [runtime.Name] = runtime },
            readiness,
            new GatewayMetrics(Metrics.NewCustomRegistry()),
            new ColdStartLog(),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)
        {
            Observers = [.. services.Observers.OfType<DestinationSync>()],
        };
        var function = new Function(uint.MaxValue, new FunctionOptions { Name = FunctionClusters.WarmUpRoute, Run = new SelfRunOptions(runtime.Name) { Port = server.Port } }, own);
        function.Open();
        _function = function;
        return function;
    }

    /// <summary>Ends the warm-up and removes the function.</summary>
    public void End()
    {
        Done = true;
        _function = null;
    }

    private sealed record SelfRunOptions(string Runtime) : RunOptions(Runtime)
    {
        public override string Program => Runtime;

        public override string Fingerprint => "";
    }

    private sealed class SelfRuntime(IPEndPoint server) : IRuntime
    {
        private int _count;

        public string Name => "Self";

        public IReadOnlyList<Tier> Tiers { get; } = [Tier.Stopped, Tier.Running];

        public Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<IInstance>>([]);

        public ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken) =>
            new(new SelfInstance($"self-{++_count}", server));

        public Task ForgetAsync(string function, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class SelfInstance(string id, IPEndPoint server) : IInstance
    {
        private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Id => id;

        public IPEndPoint? Endpoint => server;

        public IReadOnlyList<string> CgroupPaths => [];

        public Task<InstanceExit> Exited => _exited.Task;

        public Tier Tier { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Tier = Tier.Running;
            return Task.CompletedTask;
        }

        public Task RestAsync(Tier tier, CancellationToken cancellationToken) => throw new NotSupportedException("The gateway does not freeze itself.");

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _exited.TrySetResult(new InstanceExit(0, "the warm-up is over"));
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
