using Gateway.Activation;
using Gateway.Configuration;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Forwarding;

/// <summary>
/// YARP's view of the functions: a cluster for each, beside the user's own <c>ReverseProxy</c> section, and the one route
/// that requests on <c>Listen</c> addresses take.
/// </summary>
public sealed class FunctionClusters : IProxyConfigProvider, IProxyConfigFilter
{
    /// <summary>The route of Listen addresses. Its host cannot exist (RFC 6761, section 6.4): routing never picks it, <see cref="ListenRouting"/> does.</summary>
    public const string ListenRoute = "headstart-listen";

    /// <summary>The route of the gateway's own warm-up; likewise.</summary>
    public const string WarmUpRoute = "headstart-warmup";

    public const string WarmUpHost = "headstart-warmup.invalid";

    private readonly FunctionRegistry _registry;
    private Config _config;

    public FunctionClusters(FunctionRegistry registry, GatewayOptions options, IReadOnlySet<string> userClusters)
    {
        _registry = registry;
        _config = new Config(options, userClusters);
    }

    public IProxyConfig GetConfig() => Volatile.Read(ref _config);

    /// <summary>New functions, or other clusters of the user's.</summary>
    public void Update(GatewayOptions options, IReadOnlySet<string> userClusters) =>
        Interlocked.Exchange(ref _config, new Config(options, userClusters)).SignalChange();

    /// <summary>A cluster that belongs to a function has the destinations that run now, whoever wrote its settings.</summary>
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        if (!_registry.TryGet(cluster.ClusterId, out var function))
        {
            return new(cluster);
        }

        var destinations = function.Running.ToDictionary(
            instance => instance.Id,
            instance => new DestinationConfig { Address = Address(instance.Runtime!.Endpoint!) },
            StringComparer.OrdinalIgnoreCase);
        var health = cluster.HealthCheck ?? new HealthCheckConfig();
        return new(cluster with
        {
            Destinations = destinations,
            HealthCheck = health with { AvailableDestinationsPolicy = health.AvailableDestinationsPolicy ?? "HealthyAndUnknown" },
        });
    }

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);

    public static string Address(System.Net.IPEndPoint endpoint) => $"http://{endpoint}/";

    private sealed class Config : IProxyConfig
    {
        private readonly ConfigurationReloadToken _changed = new();

        public Config(GatewayOptions options, IReadOnlySet<string> userClusters)
        {
            Clusters =
            [
                new ClusterConfig { ClusterId = ListenRoute },
                new ClusterConfig { ClusterId = WarmUpRoute },
                .. options.Functions.Keys.Where(name => !userClusters.Contains(name)).Select(name => new ClusterConfig { ClusterId = name }),
            ];
            Routes =
            [
                new RouteConfig { RouteId = ListenRoute, ClusterId = ListenRoute, Match = new RouteMatch { Path = "/{**rest}", Hosts = [$"{ListenRoute}.invalid"] } },
                new RouteConfig { RouteId = WarmUpRoute, ClusterId = WarmUpRoute, Match = new RouteMatch { Path = "/{**rest}", Hosts = [WarmUpHost] } },
            ];
        }

        public IReadOnlyList<RouteConfig> Routes { get; }

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken => _changed;

        public void SignalChange() => _changed.OnReload();
    }
}
