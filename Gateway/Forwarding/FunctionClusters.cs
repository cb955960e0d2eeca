using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Configuration.Proxy;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// All that YARP is told: the user's own <c>ReverseProxy</c> section as it was judged, a cluster for each function that has none
/// there, and the one route that requests on <c>Listen</c> addresses take. One provider, because a cluster that moves between the
/// two would be there twice, or not at all, for a moment.
/// </summary>
public sealed class FunctionClusters : IProxyConfigProvider, IProxyConfigFilter, IConfigChangeListener
{
    /// <summary>The route of Listen addresses. Its host cannot exist (RFC 6761, section 6.4): routing never picks it, <see cref="ListenRouting"/> does.</summary>
    public const string ListenRoute = "headstart-listen";

    /// <summary>The route of the gateway's own warm-up; likewise.</summary>
    public const string WarmUpRoute = "headstart-warmup";

    public const string WarmUpHost = "headstart-warmup.invalid";

    private static readonly HealthCheckConfig Healthy = new() { AvailableDestinationsPolicy = "HealthyAndUnknown" };
    private static readonly Dictionary<string, DestinationConfig> Nobody = [];

    private readonly FunctionRegistry _registry;
    private Config _config;

    public FunctionClusters(FunctionRegistry registry, GatewayOptions options)
    {
        _registry = registry;
        _config = new Config(options);
    }

    public IProxyConfig GetConfig() => Volatile.Read(ref _config);

    /// <summary>New functions, or other routes and clusters of the user's. Nothing else is YARP's concern, and each change is a pass over all clusters.</summary>
    /// <returns>Completes when YARP knows them, with null, or with why it would not take them.</returns>
    public Task<Exception?> UpdateAsync(GatewayOptions options)
    {
        var config = new Config(options);
        var before = Volatile.Read(ref _config);
        if (config.Says(before))
        {
            return Task.FromResult<Exception?>(null);
        }

        Volatile.Write(ref _config, config);
        before.SignalChange();
        return config.Applied;
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => NoteApplied(proxyConfigs, refused: null);

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => NoteApplied(proxyConfigs, exception);

    // One that was replaced before YARP came to it is told by the next.
    private static void NoteApplied(IReadOnlyList<IProxyConfig> proxyConfigs, Exception? refused)
    {
        foreach (var config in proxyConfigs.OfType<Config>())
        {
            config.NoteApplied(refused);
        }
    }

    /// <summary>A cluster that belongs to a function has the destinations that run now, whoever wrote its settings.</summary>
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        if (!_registry.TryGet(cluster.ClusterId, out var function))
        {
            return new(cluster);
        }

        var running = function.Running;
        var silence = function.Options.ActivityTimeout;
        if (running.Count == 0 && IsAtRest(cluster) && silence is null)
        {
            return new(cluster);
        }

        var destinations = running.Count == 0 ? Nobody : running.ToDictionary(
            instance => instance.Id,
            instance => new DestinationConfig { Address = Address(instance.Runtime!.Endpoint!) },
            StringComparer.OrdinalIgnoreCase);
        var health = cluster.HealthCheck;
        return new(cluster with
        {
            Destinations = destinations,
            HttpRequest = silence is null ? cluster.HttpRequest : (cluster.HttpRequest ?? ForwarderRequestConfig.Empty) with { ActivityTimeout = silence },
            HealthCheck = health is null ? Healthy : health with { AvailableDestinationsPolicy = health.AvailableDestinationsPolicy ?? Healthy.AvailableDestinationsPolicy },
        });
    }

    private static ClusterConfig AtRest(string name) => new() { ClusterId = name, Destinations = Nobody, HealthCheck = Healthy };

    private static bool IsAtRest(ClusterConfig cluster) => ReferenceEquals(cluster.Destinations, Nobody) && ReferenceEquals(cluster.HealthCheck, Healthy);

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);

    public static string Address(System.Net.IPEndPoint endpoint) => $"http://{endpoint}/";

    private sealed class Config : IProxyConfig
    {
        private readonly HashSet<string> _names;
        private readonly Dictionary<string, TimeSpan?> _silences;
        private readonly ConfigurationReloadToken _changed = new();
        private readonly TaskCompletionSource<Exception?> _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Config(GatewayOptions options)
        {
            User = options.Proxy;
            var written = User.Clusters.Select(cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
            Clusters =
            [
                new ClusterConfig { ClusterId = ListenRoute },
                new ClusterConfig { ClusterId = WarmUpRoute },
                .. User.Clusters,
                .. options.Functions.Keys.Where(name => !written.Contains(name)).Select(AtRest),
            ];
            _names = Clusters.Select(cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
            _silences = options.Functions.Values.Where(function => function.ActivityTimeout is not null)
                .ToDictionary(function => function.Name, function => function.ActivityTimeout, StringComparer.OrdinalIgnoreCase);
            Routes =
            [
                new RouteConfig { RouteId = ListenRoute, ClusterId = ListenRoute, Match = new RouteMatch { Path = "/{**rest}", Hosts = [$"{ListenRoute}.invalid"] } },
                new RouteConfig { RouteId = WarmUpRoute, ClusterId = WarmUpRoute, Match = new RouteMatch { Path = "/{**rest}", Hosts = [WarmUpHost] } },
                .. User.Routes,
            ];
        }

        /// <summary>What the user wrote.</summary>
        public ProxyOptions User { get; }

        public IReadOnlyList<RouteConfig> Routes { get; }

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        /// <summary>YARP would make of it what it made of the other.</summary>
        public bool Says(Config other) =>
            User == other.User && _names.SetEquals(other._names)
            && _silences.Count == other._silences.Count && _silences.All(silence => other._silences.TryGetValue(silence.Key, out var before) && before == silence.Value);

        public Task<Exception?> Applied => _applied.Task;

        public IChangeToken ChangeToken => _changed;

        public void SignalChange() => _changed.OnReload();

        public void NoteApplied(Exception? refused) => _applied.TrySetResult(refused);
    }
}
